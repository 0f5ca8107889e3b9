import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { ConfiguredRetryStrategy } from "@smithy/util-retry";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { type EmbeddingInput, embeddingFormat } from "./embedding-models.ts";
import { rotate } from "./rotation.ts";

const READY_DEADLINE_MS = 5_000;

const clients = new WeakMap<Env, Map<number, BedrockRuntimeClient>>();

/** Retries throttling and 5xx with jitter; the deadline of the call ends them. */
export function bedrock(env: Env, attemptsMax: number = LIMITS.modelAttemptsMax): BedrockRuntimeClient {
  const byAttempts = clients.get(env) ?? new Map<number, BedrockRuntimeClient>();
  clients.set(env, byAttempts);
  const known = byAttempts.get(attemptsMax);
  if (known) return known;
  const client = new BedrockRuntimeClient({
    region: env.AWS_REGION,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
    },
    ...(env.BEDROCK_ENDPOINT && { endpoint: env.BEDROCK_ENDPOINT }),
    // The one that the SDK takes in a browser, and in workerd, forgets every abort signal: a model that hung was waited for without end.
    requestHandler: new FetchHttpHandler(),
    retryStrategy: new ConfiguredRetryStrategy(
      attemptsMax,
      (attempt) => Math.random() * Math.min(8_000, 250 * 2 ** attempt),
    ),
  });
  byAttempts.set(attemptsMax, client);
  return client;
}

type ServiceError = Error & { $metadata?: { attempts?: number; httpStatusCode?: number } };

export const attemptsOf = (error: unknown) => (error as ServiceError).$metadata?.attempts ?? 1;

/** Whether the model cannot be asked for anything: there is none of this name, or not for this account. */
export const isUnusable = (error: unknown): boolean =>
  error instanceof Error &&
  (/accessdenied|resourcenotfound/i.test(error.name) || /model (id|identifier)\b/i.test(error.message));

/** A refused prompt is ours to mend; everything else is the model's service, and passes. */
export function modelError(
  error: unknown,
  refusal = "The model refuses this request: see the chatbot's llmModel and modelConfig.",
): ApiError {
  if (error instanceof ApiError) return error;
  const { name } = error as Error;
  if (/throttl|toomanyrequests|quota/i.test(name))
    return new ApiError("UNAVAILABLE", "The model is busy. Try again in a moment.", {
      cause: error,
      retryAfterSeconds: 10,
    });
  if (/validation|accessdenied|resourcenotfound/i.test(name))
    return new ApiError("UNPROCESSABLE", refusal, { cause: error });
  return new ApiError("UNAVAILABLE", "The model does not answer. Try again in a moment.", {
    cause: error,
    retryAfterSeconds: 10,
  });
}

/** Well-formed too: half of a surrogate pair, which the cut may leave, is no JSON that AWS reads. */
export const cut = (text: string, charsMax: number) => text.slice(0, charsMax).toWellFormed();

const TOKENS_HEADER = "x-amzn-bedrock-input-token-count";

/** One InvokeModel: the model's own format goes in and comes out. */
export async function invoke(client: BedrockRuntimeClient, modelId: string, request: object, deadlineMs: number) {
  const command = new InvokeModelCommand({
    modelId,
    contentType: "application/json",
    accept: "application/json",
    body: JSON.stringify(request),
  });
  let inputTokens = 0;
  // The SDK hides headers, and Cohere tells its tokens nowhere else.
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers: Record<string, string | undefined> };
      inputTokens = Number(headers[TOKENS_HEADER] ?? 0);
      return result;
    },
    { step: "deserialize" },
  );
  const answer = await client.send(command, { abortSignal: AbortSignal.timeout(deadlineMs) });
  const body: unknown = JSON.parse(new TextDecoder().decode(answer.body));
  return { body, inputTokens, attempts: answer.$metadata.attempts ?? 1 };
}

/** The texts of one call, each cut at what the model takes, as vectors of length 1 in the texts' order, rotated. */
export async function embedTexts(
  env: Env,
  model: string,
  texts: readonly string[],
  input: EmbeddingInput,
  deadlineMs: number,
) {
  const format = embeddingFormat(model);
  const charsMax = Math.min(format.charsMax, LIMITS.embeddingCharsMax);
  const request = format.request(
    texts.map((text) => cut(text, charsMax)),
    input,
  );
  const { body, inputTokens, attempts } = await invoke(bedrock(env), model, request, deadlineMs);
  const answer = format.answer.parse(body);
  if (answer.vectors.length !== texts.length)
    throw new Error("The model gave another number of vectors than of texts.");
  return {
    vectors: answer.vectors.map((vector) => rotate(toUnit(vector))),
    inputTokens: answer.inputTokens ?? inputTokens,
    attempts,
  };
}

function toUnit(vector: number[]): number[] {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

/** Embeds one word, outside of any organization and its ledger: whether the model answers is nobody's usage. */
export const bedrockReady = (env: Env) => embedTexts(env, env.EMBEDDING_MODEL, ["ready?"], "query", READY_DEADLINE_MS);
