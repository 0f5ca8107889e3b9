import type { AskedQuestion, EvalOutcome, RetrievedSource } from "../../../db/json.ts";
import type { Chatbot } from "../../../db/queries/chatbots/chatbot.ts";
import { chunkTexts, type FinishedQuestion } from "../../../db/queries/chatbots/eval.ts";
import type { Ctx } from "../../kernel/context.ts";
import { ApiError } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import { type FinalAnswer, respond } from "../answer/respond.ts";
import { judgeFacts } from "./judge.ts";
import { measureRetrieval, wrongQuotes } from "./measure.ts";

type Tried = { asked: AskedQuestion; answerable: boolean };

/** Asks a chatbot a golden question and measures what comes. Stores nothing; throws when a model or a budget fails it. */
export async function askGolden(ctx: Ctx, chatbot: Chatbot, answerId: string, { asked, answerable }: Tried) {
  const { sources, answer, latencyMs, firstTokenMs } = await answered(ctx, chatbot, answerId, asked);
  const chunkIds = [...sources, ...answer.citations].flatMap(({ chunkId }) => chunkId ?? []);
  const texts = await chunkTexts(ctx, [...new Set(chunkIds)]);
  const facts = answerable && answer.answered ? await verdictsOf(ctx, chatbot, answerId, asked, answer.content) : [];
  const outcome: EvalOutcome = { answer: answer.content, citations: answer.citations, sources, facts, error: null };
  return {
    answerId,
    status: "completed",
    refused: !answer.answered,
    ...measureRetrieval(asked.expectedSources, sources, texts),
    quotes: answer.citations.length,
    wrongQuotes: wrongQuotes(answer.citations, texts),
    correctness: correctnessOf(factsOf(asked), answerable, facts),
    topScore: sources.length === 0 ? null : Math.max(...sources.map(({ score }) => score)),
    latencyMs,
    firstTokenMs,
    outcome,
  } satisfies FinishedQuestion;
}

async function answered(ctx: Ctx, chatbot: Chatbot, answerId: string, { question, history }: AskedQuestion) {
  const started = Date.now();
  let sources: RetrievedSource[] = [];
  let firstTokenMs: number | null = null;
  let answer: FinalAnswer | undefined;
  const signal = AbortSignal.timeout(LIMITS.evalAnswerMs);
  for await (const event of respond(ctx, { chatbot, answerId, question, history }, signal)) {
    if (event.type === "sources") sources = event.sources;
    else if (event.type === "delta") firstTokenMs ??= Date.now() - started;
    else if (event.type === "completed") {
      if (event.error?.code === "BUDGET_EXCEEDED") throw new ApiError("BUDGET_EXCEEDED", event.error.detail);
      answer = event.answer;
    }
  }
  if (!answer) throw new Error("an answer ended without an end");
  return { sources, answer, firstTokenMs, latencyMs: Date.now() - started };
}

/** Without facts, the good answer is what should be said. */
const factsOf = ({ expectedFacts, expectedAnswer }: AskedQuestion): string[] =>
  expectedFacts.length > 0 ? expectedFacts : expectedAnswer ? [expectedAnswer] : [];

async function verdictsOf(ctx: Ctx, chatbot: Chatbot, answerId: string, asked: AskedQuestion, answer: string) {
  const facts = factsOf(asked);
  const purpose = { task: "judge", chatbotId: chatbot.id, messageId: answerId } as const;
  return facts.length === 0 ? [] : judgeFacts(ctx, { question: asked.question, answer, facts }, purpose);
}

/** Null where nothing is expected to be said; a refusal says none of it. */
const correctnessOf = (expected: readonly string[], answerable: boolean, verdicts: readonly { holds: boolean }[]) =>
  answerable && expected.length > 0 ? verdicts.filter(({ holds }) => holds).length / expected.length : null;
