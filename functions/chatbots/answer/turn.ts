import { newId } from "../../../db/columns.ts";
import { beginTurn, findAnswer, finishAnswer, type NewTurn } from "../../../db/queries/chatbots/turn.ts";
import { isOutOfService, type MESSAGE_STATUSES } from "../../../db/words.ts";
import { NO_USAGE } from "../../kernel/ai/converse.ts";
import type { Ctx } from "../../kernel/context.ts";
import { ApiError, notFound, toApiError, unanswered } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import type { AnswerTurn, FinalAnswer } from "./answer.ts";

type Question = Pick<NewTurn, "chatbotId"> & {
  content: string;
  conversationId?: string;
  endUser?: string;
  channel?: NewTurn["channel"];
  /** What the caller is told of a chatbot that does not exist, or has that status, in which it answers nobody. */
  refuse: (status?: string) => ApiError;
};

/** Stores the question, and that it will be answered. What may not be asked is refused, and nothing is stored. */
export async function beginAnswer(ctx: Ctx, answerId: string, asked: Question): Promise<AnswerTurn> {
  const { chatbot, conversationId, history } = await beginTurn(ctx, {
    chatbotId: asked.chatbotId,
    conversationId: asked.conversationId ?? null,
    newConversationId: newId(),
    questionId: newId(),
    answerId,
    channel: asked.channel ?? "api",
    endUserId: asked.endUser ?? null,
    content: asked.content,
    leaseSeconds: LIMITS.answerLeaseSeconds,
    historyMax: LIMITS.historyMessagesMax,
  }).catch(async (error) => {
    await failUnbegun(ctx, answerId, error);
    throw error;
  });
  if (!chatbot) throw asked.refuse();
  if (isOutOfService(chatbot.status)) throw asked.refuse(chatbot.status);
  if (!conversationId) throw notFound("conversation");
  return { chatbot, answerId, conversationId, question: asked.content, endUserId: asked.endUser, history };
}

/** When nobody knows whether the turn was stored: if it was, its answer has failed, and the request sent again takes it up. */
async function failUnbegun(ctx: Ctx, answerId: string, thrown: unknown): Promise<void> {
  if (!unanswered(thrown)) return;
  const { code, message: detail } = toApiError(thrown, ctx.requestId);
  const nothing = { content: "", citations: [], status: "failed" as const, error: { code, detail } };
  await finishAnswer(ctx, answerId, nothing, []).catch(() => undefined);
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
  const { conversationId, status, content, citations, tokenUsage, answered } = message;
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
  };
  return { conversationId, status, answer };
}
