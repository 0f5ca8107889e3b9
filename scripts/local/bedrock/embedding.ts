import { encoderDimensions, openEncoder, toUnit } from "./encoder.ts";
import type { Similarity } from "./extractive.ts";
import { bigrams, contentWords, latinShare } from "./words.ts";

const hashedDimensions = 512;
const bigramWeight = 0.4;
/** English keeps this share of its cosine from the encoder; the rest is shared words, which tell names apart. */
const encodedShareMax = 0.9;

export type Embedder = {
  embed(text: string, dimensions: number): Promise<Float32Array>;
  /** The encoder's own cosine; absent where there is no encoder. */
  similarity?: Similarity;
  close(): Promise<void>;
};

/**
 * 1,024 dimensions: the sentence encoder below, hashed words above, weighted by how much of the text is Latin script.
 * The encoder reads English only and gives every Thai or Japanese text nearly the same vector, so those are
 * compared by their words and bigrams alone. Fewer dimensions are the same vector folded.
 */
export function openEmbedder({
  cacheDirectory,
  embeddings,
}: {
  cacheDirectory?: string;
  embeddings: "sentences" | "hashing";
}): Embedder {
  if (embeddings === "hashing") {
    return { embed: async (text, dimensions) => toUnit(hashWords(text, dimensions)), close: async () => {} };
  }
  const encoder = openEncoder({ cacheDirectory });
  return {
    async embed(text, dimensions) {
      const share = latinShare(text) * encodedShareMax;
      const vector = new Float32Array(encoderDimensions + hashedDimensions);
      if (share > 0) vector.set((await encoder.encode(text)).map((value) => value * Math.sqrt(share)));
      vector.set(
        toUnit(hashWords(text, hashedDimensions)).map((value) => value * Math.sqrt(1 - share)),
        encoderDimensions,
      );
      return toUnit(fold(vector, dimensions));
    },
    async similarity(question, sentences) {
      const asked = await encoder.encode(question);
      const encoded = await Promise.all(sentences.map((sentence) => encoder.encode(sentence)));
      return encoded.map((vector) => vector.reduce((sum, value, i) => sum + value * asked[i]!, 0));
    },
    close: encoder.close,
  };
}

/**
 * The vector as another model has it: signs, a Hadamard transform of each 256 numbers, signs again.
 * Angles within a model stay as they are; between two models they say nothing.
 */
export function inSpaceOf(modelId: string, vector: Float32Array): Float32Array {
  const flip = (when: string) => (value: number, i: number) => (fnv1a(`${modelId} ${when} ${i}`) & 1 ? value : -value);
  const turned = vector.map(flip("before"));
  for (let step = 1; step < 256; step *= 2) {
    for (let i = 0; i < turned.length; i++) {
      if (i & step) continue;
      const [a, b] = [turned[i]!, turned[i + step]!];
      turned[i] = (a + b) * Math.SQRT1_2;
      turned[i + step] = (a - b) * Math.SQRT1_2;
    }
  }
  return turned.map(flip("after"));
}

/** Every feature adds ±1 at one place; collisions cancel out on average. */
function hashWords(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const add = (feature: string, weight: number) => {
    const hash = fnv1a(feature);
    vector[(hash >>> 1) % dimensions]! += hash & 1 ? weight : -weight;
  };
  for (const word of contentWords(text)) {
    add(word, 1);
    if (!/^[a-z0-9']+$/.test(word)) for (const bigram of bigrams(word)) add(`2${bigram}`, bigramWeight);
  }
  // A text of stop words or marks only still needs a direction.
  if (vector.every((value) => value === 0)) add(text.trim(), 1);
  return vector;
}

function fold(vector: Float32Array, dimensions: number): Float32Array {
  if (vector.length === dimensions) return vector;
  const folded = new Float32Array(dimensions);
  vector.forEach((value, i) => {
    folded[i % dimensions]! += fnv1a(`fold ${i}`) & 1 ? value : -value;
  });
  return folded;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // FNV's low bits mix badly; this finish spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
