import type { Statement, Tenant } from "../../db/client.ts";
import { newId } from "../../db/columns.ts";
import {
  type ChunkPlace,
  deleteChunks,
  EARLY_FROM,
  insertChunks,
  type KnownChunk,
  lockDocument,
  moveChunks,
} from "../../db/queries/chatbots/chunk.ts";
import type { Document } from "../../db/queries/chatbots/document.ts";
import type { Ctx } from "../kernel/context.ts";
import { LIMITS } from "../kernel/limits.ts";
import { embeddedText } from "../kernel/retrieval/search.ts";
import type { DocumentChunk } from "./chunking.ts";

/** A chunk of the document's next text, with what is embedded of it. */
export type NewPassage = DocumentChunk & { prefix: string; embedded: string; textHash: string };

/** What makes of the chunks that there are those of the next text. */
export type Change = { kept: ChunkPlace[]; added: NewPassage[]; removed: string[] };

export const passagesOf = (title: string, chunks: readonly (DocumentChunk & { prefix: string })[]) =>
  Promise.all(
    chunks.map(async (chunk): Promise<NewPassage> => {
      const { text, textHash } = await embeddedText({ title, context: contextOf(chunk), content: chunk.text });
      return { ...chunk, embedded: text, textHash };
    }),
  );

/** A chunk stays itself, with its id and embedding, wherever the same text stands in the same language. */
export function changeOf(known: readonly KnownChunk[], passages: readonly NewPassage[]): Change {
  const keyOf = ({ textHash, language }: { textHash: string | null; language: string | null }) =>
    `${textHash} ${language}`;
  const same = Map.groupBy(known, keyOf);
  for (const chunks of same.values()) chunks.reverse(); // the first of equal ones is taken first
  const change: Change = { kept: [], added: [], removed: [] };
  for (const passage of passages) {
    const chunk = same.get(keyOf(passage))?.pop();
    if (chunk) change.kept.push(placeOf(chunk.id, passage));
    else change.added.push(passage);
  }
  change.removed = [...same.values()].flat().map(({ id }) => id);
  return change;
}

type Writer = Tenant & Pick<Ctx, "search">;

/**
 * Writes the change. Nobody is answered from a first version before it is complete, so it grows part by part. A later one takes
 * the place of the one before in the statements that are returned, for the batch that ends the job: all at once, with
 * embeddings at hand. Of one with more than `chunksPublishedAtOnce` new chunks the first are found beside the old ones before that.
 */
export async function writeChange(
  ctx: Writer,
  document: Pick<Document, "id" | "title" | "version">,
  change: Change,
): Promise<Statement[]> {
  const { kept, added, removed } = change;
  const isFirst = document.version === 0;
  const size = isFirst ? LIMITS.chunksPerBatch : LIMITS.chunksPublishedAtOnce;
  const lock = lockDocument(ctx, document.id);
  const vectors = isFirst ? [] : [ctx.search.reuseVectors("document_chunk", document.id, size)];
  const rearrange = (places: ChunkPlace[]) => [
    ...(removed.length > 0 ? [deleteChunks(ctx, document.id, removed)] : []),
    ...(places.length > 0 ? [moveChunks(ctx, document.id, places)] : []),
  ];
  if (isFirst && kept.length + removed.length > 0) await ctx.batch([lock, ...rearrange(kept)]);
  const early: ChunkPlace[] = [];
  let from = 0;
  for (; added.length - from > size; from += size) {
    const part = identified(added.slice(from, from + size));
    early.push(...part.map(({ id, passage }) => placeOf(id, passage)));
    await ctx.batch([lock, ...(await insert(ctx, document, part, isFirst ? 0 : EARLY_FROM)), ...vectors]);
  }
  const last = await insert(ctx, document, identified(added.slice(from)), 0);
  if (isFirst) return [lock, ...last];
  return [lock, ...rearrange([...kept, ...early]), ...last, ...vectors];
}

type Identified = { id: string; passage: NewPassage };
const identified = (passages: readonly NewPassage[]): Identified[] =>
  passages.map((passage) => ({ id: newId(), passage }));

async function insert(
  ctx: Writer,
  { id: documentId, title }: Pick<Document, "id" | "title">,
  passages: readonly Identified[],
  offset: number,
) {
  if (passages.length === 0) return [];
  const rows = passages.map(({ id, passage }) => {
    const { chunkIndex, ...place } = placeOf(id, passage);
    return {
      ...place,
      documentId,
      chunkIndex: chunkIndex + offset,
      content: passage.text,
      context: passage.context,
      prefix: passage.prefix,
      language: passage.language,
      textHash: passage.textHash,
      tokenCount: passage.tokenCount,
    };
  });
  const entries = passages.map(({ id, passage }) => ({
    entryId: id,
    sourceId: documentId,
    language: passage.language,
    title,
    context: contextOf(passage),
    content: passage.text,
  }));
  return [insertChunks(ctx, rows), ...(await ctx.search.index("document_chunk", entries))];
}

const placeOf = (
  id: string,
  { index, chunkType, page, startOffset, endOffset, confidence }: NewPassage,
): ChunkPlace => ({
  id,
  chunkIndex: index,
  chunkType,
  page,
  startOffset,
  endOffset,
  confidenceScore: confidence,
});

/** As `corpora.ts` reads it. */
const contextOf = ({ context, prefix }: Pick<NewPassage, "context" | "prefix">) =>
  [context, prefix].filter(Boolean).join("\n");
