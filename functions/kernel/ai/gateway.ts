import type { Statement, Tenant } from "../../../db/client.ts";
import { newId } from "../../../db/columns.ts";
import { type ModelCall, recordModelCalls } from "../../../db/queries/usage/ai-usage.ts";
import { heldBy, reserveTurn, type TurnReservation } from "../../../db/queries/usage/budget.ts";
import type { RoutedTask, Task } from "../../../db/words.ts";
import type { Env } from "../env.ts";
import { ApiError, describe } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { log } from "../log.ts";
import { telling } from "../telling.ts";
import { inBatches } from "./batches.ts";
import { attemptsOf, bedrock, embedTexts, isUnusable, modelError } from "./bedrock.ts";
import { Reservations, type Reserve, tokensMax } from "./budget.ts";
import { type Completion, completeText, isWithheld } from "./completion.ts";
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
import { type Patience, withFallback } from "./fallback.ts";
import { defaultModels, modelOf, tiersOf } from "./models.ts";
import { type PageFile, type Recognition, recognitionError, recognizePage, uselessAnswer } from "./recognition.ts";
import { rerankDocuments } from "./rerank.ts";

/** What a call is for: the columns of its row in `ai_usage`. */
export type Purpose = Pick<ModelCall, "chatbotId" | "conversationId" | "messageId" | "agentId" | "endUserId"> & {
  task: Task;
};

/** By default a document, by `EMBEDDING_MODEL`; `EMBEDDING_MODELS` are the ones that may be named. `spent` is told each call's tokens. */
export type EmbeddingOptions = {
  model?: string;
  input?: EmbeddingInput;
  deadlineMs?: number;
  spent?: (inputTokens: number) => void;
};

/** `told` is told by which model, and of how many tokens. */
export type CompletionOptions = {
  deadlineMs?: number;
  signal?: AbortSignal;
  told?: (model: string, usage: Usage) => void;
};

/** A question whose calls are reserved for as it is stored. */
export type Reserving = Pick<
  TurnReservation,
  "chatbotId" | "answerId" | "endUserId" | "askedBytes" | "promptBytes" | "answerTokensMax" | "isRewritten"
>;

/**
 * Every model call of a request or job. None is made elsewhere, so each one, failed ones too, is a row of `ai_usage`, and what it
 * may cost is reserved with the budgets that bound it. Each throws BUDGET_EXCEEDED when one does not hold it.
 */
export type Ai = {
  /** Embeds texts, as many a call as the model takes; vectors of length 1 in the texts' order. Those of two models say nothing to each other. */
  embed(texts: readonly string[], purpose: Purpose, options?: EmbeddingOptions): Promise<number[][]>;
  /** How well each document answers the query, 0 to 1, in the documents' order. Its rows have the task `rerank`, whatever the purpose says. */
  rerank(query: string, documents: readonly string[], purpose: Purpose): Promise<number[]>;
  /**
   * The text of a page; its row has the task `ocr`. UNPROCESSABLE, with a sentence of why, where this page
   * cannot be read; UNAVAILABLE where none can at the moment.
   */
  recognize(page: PageFile, signal?: AbortSignal): Promise<Recognition>;
  /** A short text by the model of the purpose's task, "" when what it wrote was withheld. */
  complete(completion: Completion, purpose: Purpose, options?: CompletionOptions): Promise<string>;
  /**
   * Streams the model's text, then its usage and which model it was: a budget may have it answered by a cheaper one. Throws
   * an ApiError when the model fails, also in the middle.
   */
  converse(conversation: Conversation, purpose: Purpose): AsyncGenerator<AnswerEvent>;
  /**
   * The statement that reserves, with the batch that stores a question, for its embedding, its rewriting and its answer: their calls make no
   * request for it then, unless one is larger than was thought.
   */
  reserveTurn(tenant: Tenant, turn: Reserving): Statement;
  /** No call of that turn comes any more: what none has taken is given back with what is written next. */
  releaseTurn(): void;
  /** How good the answer in a message turned out to be, 0 to 1: for the rows of its calls that are not written yet. */
  rate(messageId: string, qualityScore: number): void;
  /**
   * Asks a model, or the one that a tier stands for, for a word. UNPROCESSABLE, naming the field, when there is none of this name or
   * not for this account; one that is down passes.
   */
  verify(name: string, task: RoutedTask, field: string): Promise<void>;
  /** The calls that have no row yet, to be written with whatever is written next. */
  pending(tenant: Tenant): Statement[];
  /** Told of the statements of each batch that has committed, with their results: only then do their calls have a row for certain. */
  committed(statements: readonly Statement[], results: readonly unknown[]): void;
  /** Writes what is left; called once the caller has its answer, so nobody waits for bookkeeping. */
  settle(tenant: Tenant): Promise<void>;
};

export type AnswerEvent =
  | Extract<ModelEvent, { type: "text" }>
  | (Extract<ModelEvent, { type: "usage" }> & { model: string });

/** What an answer says of its cost; with an `error` if it was of no use. */
type Metered = Pick<ModelCall, "inputTokens" | "attempts"> & Partial<Usage> & Pick<ModelCall, "error">;

/** By the GenAI conventions of OpenTelemetry, which have no word for reranking. */
const OPERATIONS: Record<Task, string> = {
  answer: "chat",
  rewrite: "chat",
  summarize: "chat",
  analyze: "chat",
  judge: "chat",
  ocr: "chat",
  embed: "embeddings",
  rerank: "rerank",
};

/** Where calls come from. */
export type CallOrigin = { requestId: string; operation: string };

export function openGateway(env: Env, { requestId, operation }: CallOrigin, reserve: Reserve): Ai {
  let calls: ModelCall[] = [];
  const reservations = new Reservations(reserve);
  const told = new WeakMap<Statement, { calls: readonly ModelCall[]; ended: readonly string[] }>();
  const turns = new WeakMap<Statement, Reserving>();
  const record = (purpose: Purpose, model: string, started: number, call: Partial<ModelCall>) => {
    const row = {
      id: newId(),
      model,
      requestId,
      operation,
      attempts: 1,
      outcome: call.error ? ("failed" as const) : ("succeeded" as const),
      ...NO_USAGE,
      ...purpose,
      ...call,
      latencyMs: Date.now() - started,
    };
    calls = [...calls, row];
    log(row.error ? "warn" : "info", "model call", {
      requestId,
      "gen_ai.operation.name": OPERATIONS[purpose.task],
      "gen_ai.provider.name": "aws.bedrock",
      "gen_ai.request.model": model,
      "gen_ai.conversation.id": row.conversationId,
      "gen_ai.usage.input_tokens": row.inputTokens,
      "gen_ai.usage.output_tokens": row.outputTokens,
      "gen_ai.usage.cache_read.input_tokens": row.cacheReadTokens,
      "gen_ai.usage.cache_creation.input_tokens": row.cacheWriteTokens,
      "error.type": row.error,
      task: purpose.task,
      operation,
      latencyMs: row.latencyMs,
      attempts: row.attempts,
    });
  };

  type Size = { inputTokens: number; outputTokens?: number; calls?: number; mayStepDown?: boolean };

  const begin = ({ task, chatbotId, agentId, endUserId }: Purpose, model: string | null, size: Size) =>
    reservations.begin({
      task,
      model,
      defaultModel: defaultModels(env)[task],
      tiers: tiersOf(env),
      chatbotId,
      agentId,
      endUserId,
      outputTokens: 0,
      calls: 1,
      mayStepDown: false,
      ...size,
    });

  /** Makes calls of at most that size while they are reserved, with the model that may be called or its fallback. */
  async function within<T>(
    purpose: Purpose,
    size: Size,
    work: (model: string, patience: Patience) => Promise<T>,
    { model = null, signal }: { model?: string | null; signal?: AbortSignal } = {},
  ): Promise<T> {
    const granted = await begin(purpose, model, size);
    try {
      const answers = withFallback(
        granted,
        async function* (...asked) {
          yield await work(...asked);
        },
        signal,
      );
      let answer: T | undefined;
      for await (const one of answers) answer = one;
      return answer as T;
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
      const outcome = error === undefined ? "succeeded" : isWithheld(error) ? "withheld" : "failed";
      record(purpose, model, started, { ...usage, attempts, outcome, error });
      return answer;
    } catch (error) {
      record(purpose, model, started, { error: (error as Error).name, attempts: attemptsOf(error) });
      throw failure(error);
    }
  }

  const owesNothing = () => calls.length + reservations.ended.length === 0;

  /** A model's stream, and its row, however it ends. */
  async function* streamed(
    model: string,
    patience: Patience,
    conversation: Conversation,
    purpose: Purpose,
  ): AsyncGenerator<AnswerEvent> {
    const started = Date.now();
    let said = "";
    let firstTokenMs: number | undefined;
    let usage: Usage | undefined;
    let attempts = 1;
    let error: string | undefined = "AbortError"; // whoever reads it stops before its end
    try {
      const client = bedrock(env, patience.attemptsMax);
      for await (const event of streamAnswer(client, model, conversation, patience.beginsWithinMs)) {
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
      const outcome = error === undefined ? "succeeded" : said === "" ? "failed" : "interrupted";
      record(purpose, model, started, { ...spent, firstTokenMs, attempts, outcome, error });
    }
  }

  return {
    async embed(
      texts,
      purpose,
      { model = env.EMBEDDING_MODEL, input = "document", deadlineMs = LIMITS.modelDeadlineMs, spent } = {},
    ) {
      const { textsMax } = embeddingFormat(model);
      const size = { inputTokens: tokensMax(texts), calls: Math.ceil(texts.length / textsMax) };
      const work = () =>
        inBatches(texts, textsMax, async (batch) => {
          const call = () => embedTexts(env, model, batch, input, deadlineMs);
          const { vectors, inputTokens } = await metered(purpose, model, call);
          spent?.(inputTokens);
          return vectors;
        });
      return within(purpose, size, work, { model });
    },
    async rerank(query, documents, purpose) {
      const ranking: Purpose = { ...purpose, task: "rerank" };
      const calls = Math.ceil(documents.length / LIMITS.rerankDocumentsMax);
      const inputTokens = tokensMax(documents) + documents.length * tokensMax([query]);
      return within(ranking, { inputTokens, calls }, (model, { attemptsMax }) =>
        inBatches(documents, LIMITS.rerankDocumentsMax, async (batch) => {
          const call = () => rerankDocuments(bedrock(env, attemptsMax), model, query, batch, LIMITS.rerankDeadlineMs);
          return (await metered(ranking, model, call)).scores;
        }),
      );
    },
    async recognize(page, signal) {
      const size = { inputTokens: LIMITS.recognitionInputTokensMax, outputTokens: LIMITS.recognitionTokensMax };
      const read = (model: string, { attemptsMax }: Patience) => {
        const signals = [AbortSignal.timeout(LIMITS.recognitionDeadlineMs), ...(signal ? [signal] : [])];
        const call = () => recognizePage(bedrock(env, attemptsMax), model, page, AbortSignal.any(signals));
        const failure = (error: unknown) => recognitionError(signal?.aborted ? signal.reason : error, model);
        return metered({ task: "ocr" }, model, call, failure);
      };
      const { recognition, error } = await within({ task: "ocr" }, size, read, { signal });
      if (!recognition) throw uselessAnswer(error);
      return recognition;
    },
    async complete(completion, purpose, { deadlineMs = LIMITS.modelDeadlineMs, signal, told } = {}) {
      const { system, shared, prompt, maxTokens } = completion;
      const size = { inputTokens: tokensMax([system, shared, prompt]), outputTokens: maxTokens, mayStepDown: true };
      const deadline = AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(signal ? [signal] : [])]);
      const ask = async (model: string, { attemptsMax }: Patience) => {
        const call = () => completeText(bedrock(env, attemptsMax), model, completion, deadline);
        const { text, ...usage } = await metered(purpose, model, call);
        told?.(model, usage);
        return text;
      };
      return within(purpose, size, ask, { signal: deadline });
    },
    async *converse(conversation, purpose) {
      const inputTokens = tokensMax(textsOf(conversation));
      const size = { inputTokens, outputTokens: conversation.maxTokens, mayStepDown: true };
      const granted = await begin(purpose, conversation.model, size);
      const ask = (model: string, patience: Patience) => streamed(model, patience, conversation, purpose);
      try {
        yield* withFallback(granted, ask, conversation.signal);
      } finally {
        reservations.end(granted.id);
      }
    },
    reserveTurn(tenant, turn) {
      const statement = reserveTurn(
        tenant,
        {
          ...turn,
          ids: { answer: newId(), embed: newId(), rewrite: newId() },
          defaultModels: defaultModels(env),
          tiers: tiersOf(env),
          answerTokensDefault: LIMITS.answerTokensMax,
          rewriteTokensMax: LIMITS.rewriteTokensMax,
        },
        LIMITS.reservationSeconds,
      );
      turns.set(statement, turn);
      return statement;
    },
    releaseTurn: () => reservations.release(),
    rate(messageId, qualityScore) {
      calls = calls.map((call) =>
        call.messageId === messageId && call.task === "answer" && call.outcome === "succeeded"
          ? { ...call, qualityScore }
          : call,
      );
    },
    async verify(name, task, field) {
      const model = modelOf(env, name);
      const client = bedrock(env, 1);
      const signal = AbortSignal.timeout(LIMITS.modelDeadlineMs);
      const call = () =>
        task === "rerank"
          ? rerankDocuments(client, model, "word", ["word"], LIMITS.rerankDeadlineMs)
          : completeText(client, model, { system: "Be brief.", shared: "Say", prompt: "yes.", maxTokens: 1 }, signal);
      try {
        await metered<Metered>({ task }, model, call);
      } catch (error) {
        if (!isUnusable((error as Error).cause)) return;
        const message = `Bedrock has no model ${model} that this account may use.`;
        throw new ApiError("UNPROCESSABLE", message, { errors: [{ path: field, message }] });
      }
    },
    pending(tenant) {
      if (owesNothing()) return [];
      const { ended } = reservations;
      const statement = recordModelCalls(tenant, calls, ended);
      told.set(statement, { calls, ended });
      return [statement];
    },
    committed(statements, results) {
      for (const [index, statement] of statements.entries()) {
        const turn = turns.get(statement);
        if (turn) reservations.hold(heldBy(results[index]), turn.endUserId);
      }
      const written = statements.flatMap((statement) => told.get(statement) ?? []);
      const rows = new Set(written.flatMap((one) => one.calls));
      calls = calls.filter((call) => !rows.has(call));
      reservations.givenBack(written.flatMap(({ ended }) => ended));
    },
    async settle(tenant) {
      reservations.release();
      if (owesNothing()) return;
      try {
        await telling(() => tenant.batch(this.pending(tenant)));
      } catch (error) {
        log("error", "usage rows were lost", { requestId, error: describe(error) });
      }
    },
  };
}
