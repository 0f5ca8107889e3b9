import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { ConfiguredRetryStrategy } from "@smithy/util-retry";
import * as z from "zod";
import { EMBEDDING_DIMENSIONS } from "../../../db/columns.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

const READY_DEADLINE_MS = 5_000;

const clients = new WeakMap<Env, BedrockRuntimeClient>();

/** Retries throttling and 5xx with jitter; the deadline of the call ends them. */
export function bedrock(env: Env): BedrockRuntimeClient {
  const known = clients.get(env);
  if (known) return known;
  const client = new BedrockRuntimeClient({
    region: env.AWS_REGION,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
    },
    ...(env.BEDROCK_ENDPOINT && { endpoint: env.BEDROCK_ENDPOINT }),
    retryStrategy: new ConfiguredRetryStrategy(
      LIMITS.modelAttemptsMax,
      (attempt) => Math.random() * Math.min(8_000, 250 * 2 ** attempt),
    ),
  });
  clients.set(env, client);
  return client;
}

type ServiceError = Error & { $metadata?: { attempts?: number; httpStatusCode?: number } };

export const attemptsOf = (error: unknown) => (error as ServiceError).$metadata?.attempts ?? 1;

/** A refused prompt is ours to mend; everything else is the model's service, and passes. */
export function modelError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { name } = error as Error;
  if (/throttl|toomanyrequests|quota/i.test(name))
    return new ApiError("UNAVAILABLE", "The model is busy. Try again in a moment.", {
      cause: error,
      retryAfterSeconds: 10,
    });
  if (/validation|accessdenied|resourcenotfound/i.test(name))
    return new ApiError(
      "UNPROCESSABLE",
      "The model refuses this request: see the chatbot's llmModel and modelConfig.",
      { cause: error },
    );
  return new ApiError("UNAVAILABLE", "The model does not answer. Try again in a moment.", {
    cause: error,
    retryAfterSeconds: 10,
  });
}

const TitanAnswer = z.object({
  embedding: z.array(z.number()).length(EMBEDDING_DIMENSIONS),
  inputTextTokenCount: z.number(),
});

/** A text, cut at `embeddingCharsMax`, as Titan V2 embeds it: normalized. */
export async function embedText(env: Env, text: string, deadlineMs: number) {
  const answer = await bedrock(env).send(
    new InvokeModelCommand({
      modelId: env.EMBEDDING_MODEL,
      contentType: "application/json",
      accept: "application/json",
      body: JSON.stringify({
        inputText: text.slice(0, LIMITS.embeddingCharsMax).toWellFormed(),
        dimensions: EMBEDDING_DIMENSIONS,
        normalize: true,
      }),
    }),
    { abortSignal: AbortSignal.timeout(deadlineMs) },
  );
  const { embedding, inputTextTokenCount } = TitanAnswer.parse(JSON.parse(new TextDecoder().decode(answer.body)));
  return { embedding, inputTokens: inputTextTokenCount, attempts: answer.$metadata.attempts ?? 1 };
}

/** Embeds one word, outside of any organization and its ledger: whether the model answers is nobody's usage. */
export const bedrockReady = (env: Env) => embedText(env, "ready?", READY_DEADLINE_MS);
