import { InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import * as z from "zod";
import type { Statement, Tenant } from "../../../db/client.ts";
import { EMBEDDING_DIMENSIONS, newId } from "../../../db/columns.ts";
import { type ModelCall, recordModelCalls } from "../../../db/queries/usage/ai-usage.ts";
import type { Env } from "../env.ts";
import { describe } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { log } from "../log.ts";
import { attemptsOf, bedrock, modelError } from "./bedrock.ts";
import { type Conversation, type ModelEvent, streamAnswer } from "./converse.ts";

const TitanAnswer = z.object({
  embedding: z.array(z.number()).length(EMBEDDING_DIMENSIONS),
  inputTextTokenCount: z.number(),
});

/** What a call is for: the columns of its row in `ai_usage`. */
export type Purpose = Pick<ModelCall, "chatbotId" | "conversationId" | "messageId" | "endUserId"> & { task: string };

/** Every model call of a request or job. None is made elsewhere, so each one, failed ones too, is a row of `ai_usage`. */
export type Ai = {
  readonly embeddingModel: string;
  readonly chatModel: string;
  /** Embeds texts, four at once, each cut at `embeddingCharsMax`; normalized vectors in the texts' order. */
  embed(texts: readonly string[], purpose: Purpose): Promise<number[][]>;
  /** Streams the model's text, then its usage. Throws an ApiError when the model fails, also in the middle. */
  converse(conversation: Conversation, purpose: Purpose): AsyncGenerator<ModelEvent>;
  /** The calls that have no row yet, to be written with whatever is written next. */
  pending(tenant: Tenant): Statement[];
  /** Writes what is left; called once the caller has its answer, so nobody waits for bookkeeping. */
  settle(tenant: Tenant): Promise<void>;
};

export function openGateway(env: Env, requestId: string): Ai {
  let calls: ModelCall[] = [];
  const record = (purpose: Purpose, model: string, started: number, call: Partial<ModelCall>) => {
    const row = {
      id: newId(),
      model,
      requestId,
      attempts: 1,
      ...NO_TOKENS,
      ...purpose,
      ...call,
      latencyMs: Date.now() - started,
    };
    calls.push(row);
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

  async function embedOne(text: string, purpose: Purpose): Promise<number[]> {
    const started = Date.now();
    const model = env.EMBEDDING_MODEL;
    try {
      const answer = await bedrock(env).send(
        new InvokeModelCommand({
          modelId: model,
          contentType: "application/json",
          accept: "application/json",
          body: JSON.stringify({
            inputText: text.slice(0, LIMITS.embeddingCharsMax),
            dimensions: EMBEDDING_DIMENSIONS,
            normalize: true,
          }),
        }),
        { abortSignal: AbortSignal.timeout(LIMITS.modelDeadlineMs) },
      );
      const { embedding, inputTextTokenCount } = TitanAnswer.parse(JSON.parse(new TextDecoder().decode(answer.body)));
      record(purpose, model, started, { inputTokens: inputTextTokenCount, attempts: answer.$metadata.attempts ?? 1 });
      return embedding;
    } catch (error) {
      record(purpose, model, started, { error: (error as Error).name, attempts: attemptsOf(error) });
      throw modelError(error);
    }
  }

  return {
    embeddingModel: env.EMBEDDING_MODEL,
    chatModel: env.CHAT_MODEL,
    async embed(texts, purpose) {
      const vectors: number[][] = new Array(texts.length);
      let next = 0;
      const worker = async () => {
        while (next < texts.length) {
          const index = next++;
          vectors[index] = await embedOne(texts[index]!, purpose);
        }
      };
      await Promise.all(Array.from({ length: Math.min(LIMITS.embeddingCallsAtOnce, texts.length) }, worker));
      return vectors;
    },
    async *converse(conversation, purpose) {
      const started = Date.now();
      let firstTokenMs: number | undefined;
      let usage = NO_TOKENS;
      try {
        for await (const event of streamAnswer(bedrock(env), conversation)) {
          if (event.type === "text") firstTokenMs ??= Date.now() - started;
          else usage = event.usage;
          yield event;
        }
        record(purpose, conversation.model, started, { ...usage, firstTokenMs });
      } catch (error) {
        record(purpose, conversation.model, started, {
          ...usage,
          firstTokenMs,
          error: (error as Error).name,
          attempts: attemptsOf(error),
        });
        throw modelError(error);
      }
    },
    pending(tenant) {
      const told = calls;
      calls = [];
      return told.length ? [recordModelCalls(tenant, told)] : [];
    },
    async settle(tenant) {
      const [statement] = this.pending(tenant);
      if (!statement) return;
      try {
        await tenant.batch([statement]);
      } catch (error) {
        log("error", "usage rows were lost", { requestId, error: describe(error) });
      }
    },
  };
}

const NO_TOKENS = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
