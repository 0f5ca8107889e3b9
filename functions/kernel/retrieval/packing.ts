import { countDifferent, type Shingles, shinglesOf } from "./near-duplicates.ts";

/** λ: how much a result's score counts beside what it adds to those already packed. */
const RELEVANCE_WEIGHT = 0.7;
const SAME_SOURCE_SIMILARITY = 0.1;

type Packable = { content: string; sourceId: string; score: number };
type Candidate<T> = { result: T; tokens: number; shingles: Shingles; relevance: number; closest: number };

/**
 * The results to put before a model, in the order of their worth: the best first, then what is relevant and new, until
 * nothing more fits. Their tokens are at most `budgetTokens`, but the best is packed even when it alone is larger. A
 * result that does not fit leaves its place to smaller ones. `results` come best first, which decides between equals, with
 * scores above 0 (else all count as equally relevant). Each is counted once.
 *
 * Maximal marginal relevance: next = argmax λ · score / top score − (1 − λ) · max similarity to the packed. Source:
 * J. Carbonell, J. Goldstein, The use of MMR, diversity-based reranking, SIGIR 1998.
 */
export function pack<T extends Packable>(
  results: readonly T[],
  budgetTokens: number,
  countTokens: (text: string) => number,
  scoreOf: (result: T) => number = ({ score }) => score,
): T[] {
  const topScore = results.reduce((top, result) => Math.max(top, scoreOf(result)), 0);
  let candidates: Candidate<T>[] = results.map((result) => ({
    result,
    tokens: countTokens(result.content),
    shingles: shinglesOf(result.content),
    relevance: topScore > 0 ? scoreOf(result) / topScore : 0,
    closest: 0,
  }));
  const packed: T[] = [];
  let room = budgetTokens;
  while (candidates.length > 0) {
    const next = candidates.reduce((best, candidate) => (worth(candidate) > worth(best) ? candidate : best));
    packed.push(next.result);
    room -= next.tokens;
    candidates = candidates.filter((candidate) => candidate !== next && candidate.tokens <= room);
    for (const candidate of candidates) candidate.closest = Math.max(candidate.closest, similarity(candidate, next));
  }
  return packed;
}

const worth = ({ relevance, closest }: Candidate<Packable>) =>
  RELEVANCE_WEIGHT * relevance - (1 - RELEVANCE_WEIGHT) * closest;

/** The overlap coefficient |A∩B| / min(|A|, |B|) of their shingles, 1 when one holds the other, and a little for one source. */
function similarity(a: Candidate<Packable>, b: Candidate<Packable>): number {
  const [sizeA, sizeB] = [a.shingles.length, b.shingles.length];
  const shared = (sizeA + sizeB - countDifferent(a.shingles, b.shingles)) / 2;
  const isSameSource = a.result.sourceId === b.result.sourceId;
  return shared / Math.min(sizeA, sizeB) + (isSameSource ? SAME_SOURCE_SIMILARITY : 0);
}
