import * as z from "zod";
import { CORPORA } from "../../db/corpora.ts";
import { changeSearchSettings } from "../../db/queries/search/settings.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { corpus } from "./search.ts";
import { SearchSettingsReply, Settings, toReply } from "./search-settings.ts";

export const updateSearchSettings = endpoint({
  name: "search-settings.update",
  method: "patch",
  path: "/v1/search-settings/{corpus}",
  scope: "organization:write",
  summary: "Change how a corpus is searched when a request does not say",
  description:
    "Only what is sent changes; null goes back to what was measured best. What a request says itself goes before.",
  params: z.object({
    corpus: z
      .string()
      .max(100)
      .regex(/^[\w-]+$/)
      .meta({ description: `One of ${corpus.options.join(", ")}` }),
  }),
  body: json(
    z
      .object({
        lexicalShare: Settings.lexicalShare.nullable(),
        scoreThreshold: Settings.scoreThreshold.nullable(),
        rerank: Settings.rerank.nullable(),
      })
      .partial()
      .refine((body) => Object.keys(body).length > 0, "name what changes"),
  ),
  reply: replies(SearchSettingsReply),
  example: async () => ({ params: { corpus: "document_chunk" }, body: { lexicalShare: 0.5 } }),
  async run(ctx, { params, body }) {
    const { data: name } = corpus.safeParse(params.corpus);
    const { organizationId } = await ctx.identify();
    if (!name) throw notFound("corpus");
    const emits = ctx.emit("search-settings.updated", organizationId, { corpus: name });
    return toReply(name, await changeSearchSettings(ctx, CORPORA[name].number, body, emits));
  },
});
