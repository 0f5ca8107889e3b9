import type { ExpectedSource, RetrievedSource } from "../../../db/json.ts";

/** The stored text of chunks, by id. */
export type Texts = ReadonlyMap<string, string>;

/** Of what should be retrieved, the share that was, and one divided by the place of the first; nulls where nothing is expected. */
export function measureRetrieval(
  expected: readonly ExpectedSource[],
  sources: readonly RetrievedSource[],
  texts: Texts,
) {
  if (expected.length === 0) return { recall: null, reciprocalRank: null };
  const places = expected.map((wanted) => sources.findIndex((source) => isWanted(wanted, source, texts)));
  const found = places.filter((place) => place >= 0);
  return {
    recall: found.length / expected.length,
    reciprocalRank: found.length === 0 ? 0 : 1 / (Math.min(...found) + 1),
  };
}

const isWanted = ({ documentId, quote }: ExpectedSource, source: RetrievedSource, texts: Texts) =>
  (documentId === undefined || documentId === source.documentId) &&
  (quote === undefined || spaced(texts.get(source.chunkId) ?? "").includes(spaced(quote)));

/** Where lines end says nothing. */
const spaced = (text: string) => text.replace(/\s+/gu, " ").trim();

/** How many quotes do not stand, letter by letter, in the stored chunk that they name. */
export const wrongQuotes = (citations: readonly { chunkId: string | null; quote: string }[], texts: Texts): number =>
  citations.filter(({ chunkId, quote }) => chunkId === null || !texts.get(chunkId)?.includes(quote)).length;
