import type { Citation, TraceStep } from "../../../db/json.ts";
import {
  type AnswerState,
  type FinishedAnswer,
  finishAnswer,
  saveProgress,
} from "../../../db/queries/chatbots/turn.ts";
import type { Ctx } from "../../kernel/context.ts";
import { describe, toApiError } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import { log } from "../../kernel/log.ts";
import { telling } from "../../kernel/telling.ts";
import { type AnswerEvent, hasFiles, type Question, respond } from "./respond.ts";
import { Trace } from "./trace.ts";

/** A question of a conversation, whose answer has a row. */
export type AnswerTurn = Question & { conversationId: string };

/**
 * Answers, and stores the answer in its row, whatever happens: completed, interrupted with what was said, or failed. Throws
 * after storing it when the model fails.
 */
export async function* answerQuestion(ctx: Ctx, turn: AnswerTurn, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
  const stored = new StoredAnswer(ctx, turn);
  try {
    for await (const event of respond(ctx, turn, signal, stored.trace)) {
      if (event.type === "delta") stored.add(event);
      if (event.type === "completed") {
        const { answer, model, error } = event;
        await stored.finish({ status: "completed", answered: answer.answered, tokenUsage: answer.usage, model, error });
      }
      yield event;
    }
  } catch (error) {
    const { code, message: detail } = toApiError(error, ctx.requestId);
    await stored.finish({ status: stored.hasBegun ? "interrupted" : "failed", error: { code, detail } });
    throw error;
  } finally {
    await stored.finish({ status: "interrupted" }); // whoever read this stopped reading
  }
}

/** A refusal that the chatbot's makers want. */
const isMeant = (step: TraceStep) => step.step === "refuse" && step.reason === "blocked_topic";

/** What has been said and its row: stored again and again, so that a crash keeps it, and ended once. */
class StoredAnswer {
  private content = "";
  private citations: Citation[] = [];
  private readonly ctx: Ctx;
  private readonly turn: AnswerTurn;
  private readonly started = Date.now();
  private readonly heartbeat = setInterval(() => this.store(), LIMITS.answerCheckpointMs);
  private isFinished = false;
  readonly trace = new Trace();

  constructor(ctx: Ctx, turn: AnswerTurn) {
    this.ctx = ctx;
    this.turn = turn;
  }

  get hasBegun() {
    return this.content !== "";
  }

  add({ text, citations }: Extract<AnswerEvent, { type: "delta" }>) {
    this.content += text;
    this.citations = [...citations];
  }

  /** The first end is the end. */
  async finish(end: Pick<FinishedAnswer, "status" | "answered" | "tokenUsage" | "model" | "error">): Promise<void> {
    if (this.isFinished) return;
    this.isFinished = true;
    clearInterval(this.heartbeat);
    const { ctx, turn } = this;
    const processingTimeMs = Date.now() - this.started;
    const answer = { ...this.state(), model: turn.chatbot.llmModel, processingTimeMs, ...end };
    const { steps, durationMs } = this.trace;
    ctx.ai.releaseTurn();
    // What a file does not hold is no question that others ask.
    const unanswered = end.answered === false && !end.error && !steps.some(isMeant) && !hasFiles(turn);
    const said = { chatbotId: turn.chatbot.id, conversationId: turn.conversationId };
    await telling(() => {
      const emits = unanswered ? ctx.emit("message.unanswered", turn.answerId, said, { category: "system" }) : [];
      return finishAnswer(ctx, turn.answerId, answer, { steps, durationMs }, [...ctx.ai.pending(ctx), ...emits]);
    });
  }

  private state(): AnswerState {
    const { content, citations } = this;
    return { content, citations, chatbotRevision: this.turn.chatbot.revision };
  }

  /** Nobody waits for it, and it never overwrites the end. */
  private store() {
    const { ctx, turn } = this;
    saveProgress(ctx, turn.answerId, this.state(), LIMITS.answerLeaseSeconds).catch((error) =>
      log("warn", "progress was not stored", {
        requestId: ctx.requestId,
        messageId: turn.answerId,
        error: describe(error),
      }),
    );
  }
}
