import { newId } from "../../../db/columns.ts";
import { beginTurn, findAnswer, finishAnswer, type NewTurn } from "../../../db/queries/chatbots/turn.ts";
import { aheadOf } from "../../../db/search.ts";
import { type MESSAGE_STATUSES, UNPUBLISHED } from "../../../db/words.ts";
import { tokensMax } from "../../kernel/ai/budget.ts";
import { NO_USAGE } from "../../kernel/ai/converse.ts";
import type { Ctx } from "../../kernel/context.ts";
import { ApiError, notFound, toApiError, unanswered } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import { MAKERS } from "../chatbot.ts";
import type { AnswerTurn } from "./answer.ts";
import { maskPersonalData } from "./personal-data.ts";
import { PROMPT_BYTES, type Said } from "./prompt.ts";
import type { FinalAnswer } from "./respond.ts";

type Question = Pick<NewTurn, "chatbotId"> & {
  content: string;
  conversationId?: string;
  endUser?: string;
  /** What the caller tells of what was said before, in the place of what is stored. */
  history?: readonly Said[];
  instructions?: string;
  answerTokensMax?: number;
  channel?: NewTurn["channel"];
  /** What the caller is told of a chatbot that does not exist, or does not answer it, and why. */
  refuse: (why?: string) => ApiError;
};

/**
 * Stores the question, and that it will be answered. What may not be asked is refused, and nothing is stored. With it, in one request,
 * what the answer's calls may cost is reserved, and what its search must know is looked up.
 */
export async function beginAnswer(ctx: Ctx, answerId: string, asked: Question): Promise<AnswerTurn> {
  const { content, instructions = "", history: told } = asked;
  const [looking] = await ctx.search.ahead(content, ["document_chunk"]);
  const reserving = ctx.ai.reserveTurn(ctx, {
    chatbotId: asked.chatbotId,
    answerId,
    endUserId: asked.endUser,
    askedBytes: tokensMax([content, instructions]),
    promptBytes: PROMPT_BYTES,
    answerTokensMax: asked.answerTokensMax ?? 1_000_000,
    isRewritten: asked.conversationId !== undefined || (told ?? []).length > 0,
  });
  const turn = {
    chatbotId: asked.chatbotId,
    conversationId: asked.conversationId ?? null,
    newConversationId: newId(),
    questionId: newId(),
    answerId,
    channel: asked.channel ?? "api",
    makers: MAKERS,
    endUserId: asked.endUser ?? null,
    content,
    maskedContent: maskPersonalData(content).text,
    leaseSeconds: LIMITS.answerLeaseSeconds,
    historyMax: LIMITS.historyMessagesMax,
  };
  const begun = await beginTurn(ctx, turn, [looking, reserving]).catch(async (error) => {
    await failUnbegun(ctx, answerId, error);
    throw error;
  });
  const { chatbot, answers, conversationId, history, others } = begun;
  if (!chatbot) throw asked.refuse();
  if (!answers) throw asked.refuse(silence(chatbot.status));
  refuseTooLong(content, chatbot.safety.questionCharsMax);
  if (!conversationId) throw notFound("conversation");
  return {
    chatbot,
    answerId,
    conversationId,
    question: content,
    endUserId: asked.endUser,
    history: told && told.length > 0 ? told : history,
    instructions: asked.instructions,
    ahead: aheadOf(others[0]),
  };
}

function refuseTooLong(content: string, charsMax: number | undefined) {
  if (charsMax === undefined || content.length <= charsMax) return;
  const message = `This chatbot takes questions of at most ${charsMax} characters.`;
  throw new ApiError("INVALID", message, { errors: [{ path: "content", message }] });
}

const silence = (status: string) =>
  (UNPUBLISHED as readonly string[]).includes(status)
    ? `answers only those who may change it (${MAKERS.scope}) until it is active: its status is ${status}.`
    : `answers nobody now: its status is ${status}.`;

/** When nobody knows whether the turn was stored: if it was, its answer has failed, and the request sent again takes it up. */
async function failUnbegun(ctx: Ctx, answerId: string, thrown: unknown): Promise<void> {
  if (!unanswered(thrown)) return;
  const { code, message: detail } = toApiError(thrown, ctx.requestId);
  const nothing = { content: "", citations: [], status: "failed" as const, error: { code, detail } };
  await finishAnswer(ctx, answerId, nothing, undefined, []).catch(() => undefined);
}

type AnsweredBefore = {
  conversationId: string;
  status: (typeof MESSAGE_STATUSES)[number];
  answer: FinalAnswer;
};

/** What the same request was answered before; undefined where that was nothing, and it is to be taken up again. */
export async function answeredBefore(ctx: Ctx, answerId: string): Promise<AnsweredBefore | undefined> {
  const message = await findAnswer(ctx, answerId);
  if (!message || message.status === "failed") return undefined;
  const { conversationId, status, content, citations, tokenUsage, answered, curatedAnswerId } = message;
  if (status === "pending" || status === "streaming")
    throw new ApiError("CONFLICT", "The first request with this Idempotency-Key is still running.", {
      retryAfterSeconds: 2,
    });
  const answer = {
    content,
    citations,
    answered: answered ?? false,
    usage: { ...NO_USAGE, ...tokenUsage },
    isCut: status === "interrupted",
    curatedAnswerId,
  };
  return { conversationId, status, answer };
}
