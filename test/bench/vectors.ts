import { EMBEDDING_DIMENSIONS } from "../../db/columns.ts";
import { rotate } from "../../functions/kernel/ai/rotation.ts";
import { openEmbedder } from "../../scripts/local/bedrock/embedding.ts";

const AT_ONCE = 64;
/** Of a mixed vector's length; two chunks of one paragraph are then as alike as 0.96. */
const NOISE = 0.2;
const NOISE_TABLE = 2 ** 18;

export type Encoding = { embeddings: "sentences" | "hashing"; cacheDirectory?: string };

/** Rotated, as the gateway gives them. */
export async function encode(texts: readonly string[], encoding: Encoding, onStep: (step: string) => void) {
  const embedder = openEmbedder(encoding);
  const vectors: Float32Array[] = [];
  for (let from = 0; from < texts.length; from += AT_ONCE) {
    const batch = texts.slice(from, from + AT_ONCE);
    const encoded = await Promise.all(batch.map((text) => embedder.embed(text, EMBEDDING_DIMENSIONS)));
    vectors.push(...encoded.map((vector) => Float32Array.from(rotate([...vector]))));
    if (from % (AT_ONCE * 10) === 0) onStep(`Encoding: ${from} of ${texts.length}`);
  }
  await embedder.close();
  return vectors;
}

/** The same numbers in every run (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pickFrom = <T>(random: () => number, all: readonly T[]): T => all[Math.floor(random() * all.length)]!;

/**
 * More vectors than were encoded: a document has an anchor among the real ones, each of its chunks is the anchor mixed with
 * one or two others, and noise. So chunks of one document are alike, and no two are the same.
 */
export function mixer(real: readonly Float32Array[], seed: number) {
  const random = randomFrom(seed);
  const noise = Float32Array.from(
    { length: NOISE_TABLE },
    () => gaussian(random) * (NOISE / Math.sqrt(EMBEDDING_DIMENSIONS)),
  );
  return {
    anchor: () => pickFrom(random, real),
    chunk(anchor: Float32Array): Float32Array {
      const [second, third] = [pickFrom(random, real), pickFrom(random, real)];
      const first = 0.3 + 0.6 * random();
      const rest = (1 - first) * (0.4 + 0.6 * random());
      const mixed = unit(anchor.map((value, i) => first * value + rest * second[i]! + (1 - first - rest) * third[i]!));
      const offset = Math.floor(random() * (NOISE_TABLE - EMBEDDING_DIMENSIONS));
      return unit(mixed.map((value, i) => value + noise[offset + i]!));
    },
  };
}

const gaussian = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
  return vector;
}

/** A halfvec[] in Postgres's binary form: ten times faster to read than text. */
export function halfvecs(elementType: number, vectors: readonly Float32Array[]): Buffer {
  const size = 4 + EMBEDDING_DIMENSIONS * 2;
  const array = Buffer.alloc(20 + vectors.length * (4 + size));
  for (const [i, value] of [1, 0, elementType, vectors.length, 1].entries()) array.writeInt32BE(value, i * 4);
  let at = 20;
  for (const vector of vectors) {
    array.writeInt32BE(size, at);
    array.writeInt16BE(EMBEDDING_DIMENSIONS, at + 4);
    at += 8;
    for (const value of vector) at = array.writeUInt16BE(toHalf(value), at);
  }
  return array;
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** Rounded to the nearest; what is smaller than 2^-14 is 0, and nothing here is larger than 1. */
function toHalf(value: number): number {
  single[0] = value;
  const magnitude = (bits[0]! & 0x7fffffff) + 0x1000;
  const sign = (bits[0]! >>> 16) & 0x8000;
  return magnitude < 0x38800000 ? sign : sign | ((magnitude - 0x38000000) >>> 13);
}
