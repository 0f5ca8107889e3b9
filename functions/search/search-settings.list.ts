import * as z from "zod";
import { CORPORA, CORPUS_NAMES } from "../../db/corpora.ts";
import { readSearchSettings } from "../../db/queries/search/settings.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { SearchSettingsReply, toReply } from "./search-settings.ts";

export const listSearchSettings = endpoint({
  name: "search-settings.list",
  method: "get",
  path: "/v1/search-settings",
  scope: "organization:read",
  summary: "How each corpus is searched when a request does not say",
  reply: replies(z.object({ items: z.array(SearchSettingsReply).max(CORPUS_NAMES.length) })),
  example: async () => ({}),
  async run(ctx) {
    const rows = await readSearchSettings(ctx);
    const rowOf = (number: number) => rows.find((row) => row.corpus === number);
    return { items: CORPUS_NAMES.map((name) => toReply(name, rowOf(CORPORA[name].number))) };
  },
});
