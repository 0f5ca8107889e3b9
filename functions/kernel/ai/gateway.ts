import type { Statement, Tenant } from "../../../db/client.ts";
import { newId } from "../../../db/columns.ts";
import { type ModelCall, recordModelCalls } from "../../../db/queries/usage/ai-usage.ts";
import type { Env } from "../env.ts";
import { describe } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { log } from "../log.ts";
import { telling } from "../telling.ts";
import { inBatches } from "./batches.ts";
import { attemptsOf, bedrock, embedTexts, modelError } from "./bedrock.ts";
import { Reservations, type Reserve, tokensMax } from "./budget.ts";
import { type Completion, completeText } from "./completion.ts";
import {
  type Conversation,
  type ModelEvent,
  NO_USAGE,
  streamAnswer,
  textsOf,
  type Usage,
  usageUntold,
} from "./converse.ts";
import { type EmbeddingInput, embeddingFormat } from "./embedding-models.ts";
import { type PageFile, type Recognition, recognitionError, recognizePage, uselessAnswer } from "./recognition.ts";
import { rerankDocuments } from "./rerank.ts";

/** What a call is for: the columns of its row in `ai_usage`. */
export type Purpose = Pick<ModelCall, "chatbotId" | "conversationId" | "messageId" | "agentId" | "endUserId"> & {
  task: string;
};

/** By default a document, by `EMBEDDING_MODEL`; `EMBEDDING_MODELS` are the ones that may be named. */
export type EmbeddingOptions = { model?: string; input?: EmbeddingInput; deadlineMs?: number };

/**
 * Every model call of a request or job. None is made elsewhere, so each one, failed ones too, is a row of `ai_usage`, and what it
 * may cost is reserved with the budgets that bound it. Each throws BUDGET_EXCEEDED when one does not hold it.
 */
export type Ai = {
  readonly chatModel: string;
  /** Embeds texts, as many a call as the model takes; vectors of length 1 in the texts' order. Those of two models say nothing to each other. */
  embed(texts: readonly string[], purpose: Purpose, options?: EmbeddingOptions): Promise<number[][]>;
  /** How well each document answers the query, 0 to 1, in the documents' order. Its rows have the task `rerank`, whatever the purpose says. */
  rerank(query: string, documents: readonly string[], purpose: Purpose): Promise<number[]>;
  /**
   * The text of a page, by `OCR_MODEL`; its row has the task `ocr`. UNPROCESSABLE, with a sentence of why, where this page
   * cannot be read; UNAVAILABLE where none can at the moment.
   */
  recognize(page: PageFile, signal?: AbortSignal): Promise<Recognition>;
  /** A short text by `UTILITY_MODEL`, "" when what it wrote was withheld. */
  complete(completion: Completion, purpose: Purpose): Promise<string>;
  /**
   * Streams the model's text, then its usage and which model it was: a budget may have it answered by a cheaper one. Throws
   * an ApiError when the model fails, also in the middle.
   */
  converse(conversation: Conversation, purpose: Purpose): AsyncGenerator<AnswerEvent>;
  /** The calls that have no row yet, to be written with whatever is written next. */
  pending(tenant: Tenant): Statement[];
  /** Told of the statements of each batch that has committed: only then do their calls have a row for certain. */
  committed(statements: readonly Statement[]): void;
  /** Writes what is left; called once the caller has its answer, so nobody waits for bookkeeping. */
  settle(tenant: Tenant): Promise<void>;
};

export type AnswerEvent =
  | Extract<ModelEvent, { type: "text" }>
  | (Extract<ModelEvent, { type: "usage" }> & { model: string });

/** What an answer says of its cost; with an `error` if it was of no use. */
type Metered = Pick<ModelCall, "inputTokens" | "attempts"> & Partial<Usage> & Pick<ModelCall, "error">;

export function openGateway(env: Env, requestId: string, reserve: Reserve): Ai {
  let calls: ModelCall[] = [];
  const reservations = new Reservations(reserve);
  const told = new WeakMap<Statement, { calls: readonly ModelCall[]; ended: readonly string[] }>();
  const record = (purpose: Purpose, model: string, started: number, call: Partial<ModelCall>) => {
    const row = {
      id: newId(),
      model,
      requestId,
      attempts: 1,
      ...NO_USAGE,
      ...purpose,
      ...call,
      latencyMs: Date.now() - started,
    };
    calls = [...calls, row];
    log(row.error ? "warn" : "info", "model call", {
      requestId,
      "gen_ai.operation.name": purpose.task,
      "gen_ai.provider.name": "aws.bedrock",
      "gen_ai.request.model": model,
      "gen_ai.usage.input_tokens": row.inputTokens,
      "gen_ai.usage.output_tokens": row.outputTokens,
      latencyMs: row.latencyMs,
      attempts: row.attempts,
      error: row.error,
    });
  };

  type Size = { inputTokens: number; outputTokens?: number; calls?: number; mayStepDown?: boolean };

  const begin = ({ chatbotId, agentId, endUserId }: Purpose, model: string, size: Size) =>
    reservations.begin({
      model,
      chatbotId,
      agentId,
      endUserId,
      outputTokens: 0,
      calls: 1,
      mayStepDown: false,
      ...size,
    });

  /** Makes calls of at most that size while they are reserved, with the model that may be called. */
  async function within<T>(purpose: Purpose, model: string, size: Size, work: (model: string) => Promise<T>) {
    const granted = await begin(purpose, model, size);
    try {
      return await work(granted.model);
    } finally {
      reservations.end(granted.id);
    }
  }

  async function metered<T extends Metered>(
    purpose: Purpose,
    model: string,
    call: () => Promise<T>,
    failure = (error: unknown) => modelError(error, `The model ${model} refuses this request.`),
  ): Promise<T> {
    const started = Date.now();
    try {
      const answer = await call();
      const { inputTokens, outputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0, attempts, error } = answer;
      const usage = { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
      record(purpose, model, started, { ...usage, attempts, error });
      return answer;
    } catch (error) {
      record(purpose, model, started, { error: (error as Error).name, attempts: attemptsOf(error) });
      throw failure(error);
    }
  }

  const owesNothing = () => calls.length + reservations.ended.length === 0;

  return {
    chatModel: env.CHAT_MODEL,
    async embed(
      texts,
      purpose,
      { model = env.EMBEDDING_MODEL, input = "document", deadlineMs = LIMITS.modelDeadlineMs } = {},
    ) {
      const { textsMax } = embeddingFormat(model);
      const size = { inputTokens: tokensMax(texts), calls: Math.ceil(texts.length / textsMax) };
      return within(purpose, model, size, () =>
        inBatches(texts, textsMax, async (batch) => {
          const call = () => embedTexts(env, model, batch, input, deadlineMs);
          return (await metered(purpose, model, call)).vectors;
        }),
      );
    },
    async rerank(query, documents, purpose) {
      const model = env.RERANK_MODEL;
      const calls = Math.ceil(documents.length / LIMITS.rerankDocumentsMax);
      const inputTokens = tokensMax(documents) + documents.length * tokensMax([query]);
      return within(purpose, model, { inputTokens, calls }, () =>
        inBatches(documents, LIMITS.rerankDocumentsMax, async (batch) => {
          const call = () => rerankDocuments(env, model, query, batch, LIMITS.rerankDeadlineMs);
          return (await metered({ ...purpose, task: "rerank" }, model, call)).scores;
        }),
      );
    },
    async recognize(page, signal) {
      const model = env.OCR_MODEL;
      const signals = [AbortSignal.timeout(LIMITS.recognitionDeadlineMs), ...(signal ? [signal] : [])];
      const call = () => recognizePage(bedrock(env), model, page, AbortSignal.any(signals));
      const failure = (error: unknown) => recognitionError(signal?.aborted ? signal.reason : error, model);
      const size = { inputTokens: LIMITS.recognitionInputTokensMax, outputTokens: LIMITS.recognitionTokensMax };
      const { recognition, error } = await within({ task: "ocr" }, model, size, () =>
        metered({ task: "ocr" }, model, call, failure),
      );
      if (!recognition) throw uselessAnswer(error);
      return recognition;
    },
    async complete(completion, purpose) {
      const { system, shared, prompt, maxTokens } = completion;
      const size = { inputTokens: tokensMax([system, shared, prompt]), outputTokens: maxTokens, mayStepDown: true };
      return within(purpose, env.UTILITY_MODEL, size, async (model) => {
        const call = () => completeText(bedrock(env), model, completion, AbortSignal.timeout(LIMITS.modelDeadlineMs));
        return (await metered(purpose, model, call)).text;
      });
    },
    async *converse(conversation, purpose) {
      const size = {
        inputTokens: tokensMax(textsOf(conversation)),
        outputTokens: conversation.maxTokens,
        mayStepDown: true,
      };
      const { id, model } = await begin(purpose, conversation.model, size);
      const started = Date.now();
      let said = "";
      let firstTokenMs: number | undefined;
      let usage: Usage | undefined;
      let attempts = 1;
      let error: string | undefined = "AbortError"; // whoever reads it stops before its end
      try {
        for await (const event of streamAnswer(bedrock(env), { ...conversation, model })) {
          if (event.type === "text") {
            firstTokenMs ??= Date.now() - started;
            said += event.text;
            yield event;
          } else {
            ({ usage, attempts } = event);
            yield { ...event, model };
          }
        }
        error = undefined;
      } catch (failure) {
        attempts = attemptsOf(failure);
        error = (failure as Error).name;
        throw modelError(conversation.signal.aborted ? conversation.signal.reason : failure);
      } finally {
        const spent = usage ?? usageUntold(conversation, said);
        record(purpose, model, started, { ...spent, firstTokenMs, attempts, error });
        reservations.end(id);
      }
    },
    pending(tenant) {
      if (owesNothing()) return [];
      const { ended } = reservations;
      const statement = recordModelCalls(tenant, calls, ended);
      told.set(statement, { calls, ended });
      return [statement];
    },
    committed(statements) {
      const written = statements.flatMap((statement) => told.get(statement) ?? []);
      const rows = new Set(written.flatMap((one) => one.calls));
      calls = calls.filter((call) => !rows.has(call));
      reservations.givenBack(written.flatMap(({ ended }) => ended));
    },
    async settle(tenant) {
      if (owesNothing()) return;
      try {
        await telling(() => tenant.batch(this.pending(tenant)));
      } catch (error) {
        log("error", "usage rows were lost", { requestId, error: describe(error) });
      }
    },
  };
}
