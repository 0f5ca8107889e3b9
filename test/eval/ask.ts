import type { Client } from "../../scripts/client/client.ts";
import type { SearchReply } from "../../scripts/client/wire.ts";
import type { BeirQuery } from "./beir.ts";
import type { Loaded } from "./load.ts";
import type { Run } from "./metrics.ts";
import { eachAtOnce, progressOf } from "./progress.ts";

export const MODES = ["lexical", "vector", "hybrid"] as const;
export type Mode = (typeof MODES)[number];

const LIMIT = 100;
const QUERY_CHARS_MAX = 20_000;
const SEARCHES_AT_ONCE = 4;

/** Questions of the sets are text: their quotes and minus signs mean nothing. */
const ALWAYS = { syntax: "plain" };

/** Asks each question in one mode; a document counts by the best of its chunks, or of those that say the same. */
export async function searchAll(
  client: Client,
  mode: Mode,
  queries: readonly BeirQuery[],
  loaded: Loaded,
  signal: AbortSignal,
) {
  const run = new Map<string, readonly string[]>(queries.map(({ id }) => [id, []]));
  const progress = progressOf(`Searching (${mode})`, queries.length);
  await eachAtOnce(queries, SEARCHES_AT_ONCE, async ({ id, text, conversation }) => {
    const productId = conversation === undefined ? undefined : loaded.products.get(conversation);
    const query = {
      ...ALWAYS,
      query: text.slice(0, QUERY_CHARS_MAX).replaceAll("\0", " ").toWellFormed(),
      mode,
      limit: LIMIT,
      ...(productId && { filter: { productId } }),
    };
    run.set(id, documentsOf(await client.search(query, { signal }), loaded));
    progress.step();
  });
  progress.end();
  return run satisfies Run;
}

function documentsOf({ results }: SearchReply, { idsOf }: Loaded): string[] {
  const sources = results.flatMap(({ source, duplicates }) => [source, ...duplicates.map((other) => other.source)]);
  const documents = sources.filter(({ type }) => type === "document");
  return [...new Set(documents.flatMap(({ id }) => idsOf.get(id) ?? []))];
}
