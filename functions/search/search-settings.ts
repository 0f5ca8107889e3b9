import * as z from "zod";
import type { CorpusName } from "../../db/corpora.ts";
import type { SearchSettings } from "../../db/queries/search/settings.ts";
import { instant, text } from "../kernel/endpoint.ts";
import { corpus, share } from "./search.ts";

/** What holds where an organization has set nothing; the share is the one of `hybrid_search`. */
const MEASURED_BEST = { lexicalShare: 0.75, scoreThreshold: 0, rerank: false };

export const Settings = {
  lexicalShare: share.meta({ description: "How much words count beside meaning" }),
  scoreThreshold: share.meta({ description: "Results of a lower relevance are left out" }),
  rerank: z.boolean().meta({ description: "Lets a model that reads question and text together order the best" }),
};
const setting = z.enum(["lexicalShare", "scoreThreshold", "rerank"]);

export const SearchSettingsReply = z
  .object({
    corpus,
    ...Settings,
    changed: z.array(setting).max(3).meta({ description: "Those that are not left at the default" }),
    updatedBy: text(255).nullable(),
    updatedAt: instant.nullable(),
  })
  .meta({ id: "SearchSettings" });

/** The settings in force, of a corpus whose row may be absent. */
export function toReply(name: CorpusName, row: SearchSettings | undefined): z.input<typeof SearchSettingsReply> {
  const changed = setting.options.filter((key) => (row?.[key] ?? null) !== null);
  return {
    corpus: name,
    ...MEASURED_BEST,
    ...Object.fromEntries(changed.map((key) => [key, row![key]])),
    changed,
    updatedBy: row?.updatedBy ?? null,
    updatedAt: row?.updatedAt ?? null,
  };
}
