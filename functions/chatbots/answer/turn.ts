import { newId } from "../../../db/columns.ts";
import type { JsonObject } from "../../../db/json.ts";
import {
  beginAnotherAnswer,
  beginTurn,
  findAnswer,
  finishAnswer,
  historyOf,
  type NewTurn,
  type Target,
} from "../../../db/queries/chatbots/turn.ts";
import { aheadOf } from "../../../db/search.ts";
import { type MESSAGE_STATUSES, UNPUBLISHED } from "../../../db/words.ts";
import { tokensMax } from "../../kernel/ai/budget.ts";
import { NO_USAGE } from "../../kernel/ai/converse.ts";
import type { Ctx } from "../../kernel/context.ts";
import { ApiError, notFound, toApiError, unanswered } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import { MAKERS } from "../chatbot.ts";
import type { AnswerTurn } from "./answer.ts";
import { maskPersonalData, maskTextsIn } from "./personal-data.ts";
import { PROMPT_BYTES, type Said } from "./prompt.ts";
import type { FinalAnswer } from "./respond.ts";

type Refuse = {
  /** What the caller is told of a chatbot that does not exist, or does not answer it, and why. */
  refuse: (why?: string) => ApiError;
};

type Question = Pick<NewTurn, "chatbotId"> &
  Partial<Pick<NewTurn, "channel" | "contentType" | "context" | "metadata" | "client">> &
  Refuse & {
    content: string;
    conversationId?: string;
    endUser?: string;
    /** A question in whose place this one is asked. */
    replaces?: string;
    attachments?: readonly string[];
    /** What the caller tells of what was said before, in the place of what is stored. */
    history?: readonly Said[];
    instructions?: string;
    answerTokensMax?: number;
  };

/** What is to be answered, and what was said before it: also answers that are still being written. */
export type BegunAnswer = Omit<AnswerTurn, "history"> & {
  handledBy: "bot";
  questionId: string;
  history: readonly (Said & { isWritten?: boolean })[];
  isArchived: boolean;
};
/** What a person is to answer: there is a question, and no answer. */
export type HeldTurn = { handledBy: "human"; conversationId: string; questionId: string };

/**
 * Stores the question, and that it will be answered. What may not be asked is refused, and nothing is stored. With it, in one request,
 * what the answer's calls may cost is reserved, and what its search must know is looked up.
 */
export async function beginAnswer(ctx: Ctx, answerId: string, asked: Question): Promise<BegunAnswer | HeldTurn> {
  const { content, instructions, history: told = [], context = {}, endUser: endUserId } = asked;
  const [looking] = await ctx.search.ahead(content, ["document_chunk"]);
  const reserving = ctx.ai.reserveTurn(ctx, {
    chatbotId: asked.chatbotId,
    answerId,
    endUserId,
    askedBytes: tokensMax([content, JSON.stringify(context), instructions ?? ""]),
    promptBytes: PROMPT_BYTES,
    answerTokensMax: asked.answerTokensMax ?? 1_000_000,
    isRewritten: asked.conversationId !== undefined || told.length > 0,
  });
  const turn = {
    ...asking(ctx, answerId),
    chatbotId: asked.chatbotId,
    conversationId: asked.conversationId ?? null,
    newConversationId: newId(),
    questionId: newId(),
    channel: asked.channel ?? "api",
    endUserId: endUserId ?? null,
    content,
    maskedContent: maskPersonalData(content).text,
    maskedContext: maskTextsIn(context, (text) => maskPersonalData(text).text),
    contentType: asked.contentType ?? "text",
    replaces: asked.replaces ?? null,
    context,
    attachments: asked.attachments ?? [],
    metadata: asked.metadata ?? {},
    client: asked.client ?? null,
  };
  const begun = await guarded(ctx, answerId, () => beginTurn(ctx, turn, [looking, reserving]));
  const conversationId = mayAnswer(begun, { ...asked, chars: content.length }, "question");
  if (begun.isHeld) return { handledBy: "human", conversationId, questionId: answerId };
  return {
    ...answerTurn(begun, { answerId, conversationId, question: content, context, endUserId }),
    ...(told.length > 0 && { history: told }),
    instructions,
    ahead: aheadOf(begun.others[0]),
  };
}

/** The same of another answer to the question that a message answers; that message is superseded, and what came after it. */
export async function beginOtherAnswer(
  ctx: Ctx,
  answerId: string,
  { messageId, endUser, refuse }: Refuse & { messageId: string; endUser?: string },
): Promise<BegunAnswer> {
  const begun = await guarded(ctx, answerId, () =>
    beginAnotherAnswer(ctx, { ...asking(ctx, answerId), messageId, endUserId: endUser ?? null }),
  );
  if (!begun.found) throw notFound("message");
  const conversationId = mayAnswer(begun, { refuse, replaces: messageId }, "answer");
  const { question, endUserId } = begun.found;
  const { content, context } = question!; // or it had not begun
  return answerTurn(begun, { answerId, conversationId, question: content, context, endUserId: endUserId ?? undefined });
}

const asking = ({ requestId }: Ctx, answerId: string) => ({
  answerId,
  requestId,
  makers: MAKERS,
  leaseSeconds: LIMITS.answerLeaseSeconds,
  historyMax: LIMITS.historyMessagesMax,
  answersAtOnce: LIMITS.answersAtOnce,
  attached: { reach: LIMITS.attachmentReachMessages, most: LIMITS.attachmentsMax },
});

type Begun = Awaited<ReturnType<typeof beginTurn>>;

const answerTurn = (
  { chatbot, questionId, history, isArchived, attachments }: Begun,
  {
    context,
    ...asked
  }: Pick<AnswerTurn, "answerId" | "conversationId" | "question" | "endUserId"> & { context: JsonObject },
): BegunAnswer => ({
  ...asked,
  ...(Object.keys(context).length > 0 && { context }),
  handledBy: "bot",
  chatbot: chatbot!, // it answers
  questionId,
  history,
  attachments,
  isArchived: isArchived ?? false,
});

/** The conversation in which a turn was stored, or why it was not. */
function mayAnswer(
  begun: Begun,
  asked: Refuse & { conversationId?: string; replaces?: string; chars?: number; attachments?: readonly string[] },
  replaced: "question" | "answer",
): string {
  const { chatbot, answers, conversationId, found } = begun;
  if (!chatbot) throw asked.refuse();
  if (!answers) throw asked.refuse(silence(chatbot.status));
  if (conversationId) return conversationId;
  refuseTooLong(asked.chars ?? 0, chatbot.safety.questionCharsMax);
  if (!found && asked.conversationId !== undefined) throw notFound("conversation");
  refuseAttachments(asked.attachments ?? [], begun.attachable, chatbot.safety.personalData === "mask");
  if (!found) throw notFound("conversation");
  if (asked.replaces !== undefined) mayReplace(found.target, replaced);
  if (replaced === "answer" && found.held) throw new ApiError("CONFLICT", "A person answers in this conversation now.");
  throw new ApiError("CONFLICT", `${LIMITS.answersAtOnce} questions are being answered in this conversation already.`, {
    retryAfterSeconds: 2,
  });
}

function refuseTooLong(chars: number, charsMax: number | undefined) {
  if (charsMax === undefined || chars <= charsMax) return;
  const message = `This chatbot takes questions of at most ${charsMax} characters.`;
  throw new ApiError("INVALID", message, { errors: [{ path: "content", message }] });
}

function refuseAttachments(named: readonly string[], attachable: readonly string[], isMasked: boolean) {
  if (named.length === 0) return;
  const refused = named.findIndex((id) => !attachable.includes(id));
  if (!isMasked && refused < 0) return;
  const path = isMasked ? "attachments" : `attachments.${refused}`;
  const message = isMasked
    ? "This chatbot masks personal data, and takes no files, which would hold it."
    : "No file of this end user waits under this id: it was taken by another question, or is gone.";
  throw new ApiError("INVALID", `${path}: ${message}`, { errors: [{ path, message }] });
}

function mayReplace(target: Target | null, as: "question" | "answer") {
  if (!target) throw notFound("message");
  if (target.role !== (as === "question" ? "user" : "assistant"))
    throw new ApiError(
      "UNPROCESSABLE",
      as === "question" ? "Only a user's message is asked in other words." : "Only an answer is given anew.",
    );
  if (target.isSuperseded) throw new ApiError("CONFLICT", "Another message stands in the place of this one already.");
  if (target.isArchived)
    throw new ApiError(
      "CONFLICT",
      "This was said so long ago that it stands in the archive. Branch the conversation before it.",
    );
  if (as === "answer" && target.isWritten)
    throw new ApiError("CONFLICT", "This answer is still being written.", { retryAfterSeconds: 2 });
}

/** The turn once the questions before it are answered, so that it knows their answers; it waits no longer than so long, or than anybody listens. */
export async function inOrder(
  ctx: Ctx,
  turn: BegunAnswer,
  signal: AbortSignal,
): Promise<AnswerTurn & { handledBy: "bot" }> {
  let { history } = turn;
  const until = Date.now() + LIMITS.answerWaitsMs;
  while (history.some(({ isWritten }) => isWritten) && Date.now() < until && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, LIMITS.answerWaitPollMs));
    history = await historyOf(ctx, turn.answerId, {
      isArchived: turn.isArchived,
      most: LIMITS.historyMessagesMax,
      leaseSeconds: LIMITS.answerLeaseSeconds,
    });
  }
  return { ...turn, history: history.filter(({ isWritten }) => !isWritten) };
}

async function guarded<T>(ctx: Ctx, answerId: string, begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    await failUnbegun(ctx, answerId, error);
    throw error;
  }
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

type AnsweredBefore =
  | HeldTurn
  | {
      handledBy: "bot";
      conversationId: string;
      questionId: string;
      status: (typeof MESSAGE_STATUSES)[number];
      answer: FinalAnswer;
    };

/** What the same request was answered before; undefined where that was nothing, and it is to be taken up again. */
export async function answeredBefore(ctx: Ctx, answerId: string): Promise<AnsweredBefore | undefined> {
  const message = await findAnswer(ctx, answerId);
  if (!message || message.status === "failed") return undefined;
  const { conversationId, role, questionId, status, content, citations, tokenUsage, answered, curatedAnswerId } =
    message;
  if (role === "user") return { handledBy: "human", conversationId, questionId: answerId };
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
  return { handledBy: "bot", conversationId, questionId: questionId!, status, answer }; // each answer names its question
}
