import { chunkBlocks } from "../../../functions/chatbots/extraction/chunk.ts";
import { extract } from "../../../functions/chatbots/extraction/extract.ts";
import { openEmbedder } from "../../../scripts/local/bedrock/embedding.ts";
import type { Collection, Question, Text } from "./beir.ts";
import { everyNth } from "./measure.ts";

/** What is indexed, the same for everyone: a text, or a passage of a long one, under its title. */
export type Entry = { textId: string; content: string; vector: number[] };
export type Asked = Question & { collection: string; vector: number[] };
export type Bench = { texts: Text[]; entries: Entry[]; asked: Asked[] };
export type Encoding = { embeddings: "sentences" | "hashing"; cacheDirectory: string };

type Options = Encoding & { entries: number; questions: number; onStep: (step: string) => void };

const BATCH = 64;
const EMBEDDING_CHARS_MAX = 8_000;
const DIMENSIONS = 1_024;
/** Texts that only fill are uploaded so many as one document: nobody asks for them, and it is 20 times faster. */
const FILLERS_JOINED = 50;

/** The collections whole, then of the fillers as much as makes the wanted number of entries. */
export async function prepare(
  collections: readonly Collection[],
  fillers: readonly Collection[],
  options: Options,
): Promise<Bench> {
  const texts = unique(collections.flatMap((collection) => collection.texts));
  const entries = (await Promise.all(texts.map(entriesOf))).flat();
  for (const text of unique(fillers.flatMap(joined))) {
    if (entries.length >= options.entries) break;
    texts.push(text);
    entries.push(...(await entriesOf(text)));
  }
  const asked = collections.flatMap(({ name, questions }) =>
    everyNth(questions, options.questions).map((question) => ({ ...question, collection: name })),
  );
  const vectors = await embed([...entries.map(({ content }) => content), ...asked.map(({ text }) => text)], options);
  return {
    texts,
    entries: entries.map((entry, i) => ({ ...entry, vector: vectors[i]! })),
    asked: asked.map((question, i) => ({ ...question, vector: vectors[entries.length + i]! })),
  };
}

/** The same bytes uploaded twice would be a conflict. */
const unique = (texts: readonly Text[]) =>
  [...new Map(texts.toReversed().map((one) => [one.text, one])).values()].reverse();

function joined({ name, texts }: Collection): Text[] {
  const parts = Array.from({ length: Math.ceil(texts.length / FILLERS_JOINED) }, (_, i) =>
    texts.slice(i * FILLERS_JOINED, (i + 1) * FILLERS_JOINED),
  );
  return parts.map((part, i) => ({
    id: `${name}/${i}`,
    title: `${name} ${i}`,
    text: part.map(({ text }) => text).join("\n\n"),
  }));
}

/** As an upload is extracted and chunked, and as its chunks are written for the embedding. */
async function entriesOf({ id, title, text }: Text): Promise<Omit<Entry, "vector">[]> {
  const extracted = await extract(new TextEncoder().encode(text), { mimeType: "text/plain", filename: "text.txt" });
  return chunkBlocks(extracted.blocks).map((chunk) => ({
    textId: id,
    content: [title, chunk.context, chunk.text].filter(Boolean).join("\n"),
  }));
}

/** The vectors that the worker gets of the Bedrock stand-in, from the same cache. */
async function embed(texts: string[], { onStep, embeddings, cacheDirectory }: Options): Promise<number[][]> {
  const embedder = openEmbedder({ embeddings, cacheDirectory });
  const vectors: number[][] = [];
  try {
    for (let from = 0; from < texts.length; from += BATCH) {
      const batch = texts.slice(from, from + BATCH).map((text) => text.slice(0, EMBEDDING_CHARS_MAX));
      vectors.push(...(await Promise.all(batch.map(async (text) => [...(await embedder.embed(text, DIMENSIONS))]))));
      if (from % (BATCH * 16) === 0) onStep(`Vectors: ${vectors.length} of ${texts.length}`);
    }
  } finally {
    await embedder.close();
  }
  return vectors;
}
