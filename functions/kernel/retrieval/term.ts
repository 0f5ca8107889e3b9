/** A term's stable number, 1 … 2^28: an index of pgvector's `sparsevec`, and an `int` of the GIN on `terms`. */
export type TermId = number;

const SCRAMBLE_1 = 0xcc9e2d51;
const SCRAMBLE_2 = 0x1b873593;

/**
 * The id of a term: the high 28 bits of MurmurHash3 x86_32 (seed 0) over the term's UTF-16LE bytes, plus 1.
 * UTF-16 rather than UTF-8, so that a lone surrogate has an id of its own. Stored rows hold these ids: the function
 * may never change. Source: A. Appleby, MurmurHash3.cpp (public domain).
 */
export function termId(term: string): TermId {
  let hash = 0;
  const pairs = term.length & ~1;
  for (let i = 0; i < pairs; i += 2) {
    hash ^= scramble(term.charCodeAt(i) | (term.charCodeAt(i + 1) << 16));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  if (pairs < term.length) hash ^= scramble(term.charCodeAt(pairs));
  return (avalanche(hash ^ (term.length * 2)) >>> 4) + 1;
}

function scramble(block: number): number {
  const product = Math.imul(block, SCRAMBLE_1);
  return Math.imul((product << 15) | (product >>> 17), SCRAMBLE_2);
}

function avalanche(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}
