import type { Statement } from "../../../db/client.ts";
import type { Citation } from "../../../db/json.ts";
import {
  type AskedOf,
  type Candidate,
  candidatesOf,
  curatedCandidates,
  type Wording,
} from "../../../db/queries/chatbots/curated-answer.ts";
import { hashOf } from "../../kernel/auth/hash.ts";
import type { Ctx } from "../../kernel/context.ts";
import { cachedQuestion } from "../../kernel/retrieval/search.ts";
import { asksTheSame, SIMILARITY_MIN, wordsOf } from "./same-question.ts";

const CANDIDATES_MAX = 5;

export type Curated = {
  curatedAnswerId: string;
  wording: string;
  /** Null where the words are the same. */
  similarity: number | null;
  content: string;
  citations: Citation[];
};

/** The statement that finds what may be said to a question, to be run with the search for it. */
export const lookingForCurated = async (ctx: Ctx, chatbotId: string, question: string) => {
  const wordsHash = await hashOf(wordsOf(question));
  return (asked: AskedOf): Statement =>
    curatedCandidates(ctx, chatbotId, { ...asked, wordsHash }, SIMILARITY_MIN, CANDIDATES_MAX);
};

export type Consideration = Candidate & { matches: boolean };

/** What was found, the likeliest first, and of each whether it answers the question. */
export const considered = (question: string, found: unknown): Consideration[] =>
  candidatesOf(found).map((candidate) => ({
    ...candidate,
    matches: candidate.same || asksTheSame(question, candidate.wording, candidate),
  }));

/** What people wrote for just this question, if they did. */
export function curatedFor(question: string, found: unknown): Curated | undefined {
  const candidate = considered(question, found).find(({ matches }) => matches);
  if (!candidate) return undefined;
  const { id, wording, same, similarity, answer, sources } = candidate;
  const content = [answer, ...sources.map(({ marker }) => `[${marker}]`).filter((mark) => !answer.includes(mark))];
  return {
    curatedAnswerId: id,
    wording,
    similarity: same ? null : similarity,
    content: content.join(" "),
    citations: sources,
  };
}

/** A way to ask, with the hashes by which it is found. */
export const toWording = async (text: string, conversationId?: string | null): Promise<Wording> => ({
  text,
  wordsHash: await hashOf(wordsOf(text)),
  textHash: await cachedQuestion(text),
  conversationId,
});
