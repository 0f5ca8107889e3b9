import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { answerControl, parseJson, readBody, sendJson, takeFault } from "../faults.ts";
import { sendStream, sendWhole } from "./converse.ts";
import { openEmbedder } from "./embedding.ts";
import { malformed, ServiceError, sendError } from "./errors.ts";
import { invokeModel } from "./invoke.ts";
import { listen } from "./listener.ts";
import { speakByForwarding } from "./openai-speech.ts";
import { validateConverse } from "./prompt.ts";
import { openReader } from "./reader.ts";
import { speakExtractively } from "./speech.ts";
import { showsPage, transcribe } from "./transcription.ts";

type Operation = "invoke" | "converse" | "converse-stream";
export type Fault = {
  kind:
    | "throttle"
    | "unavailable"
    | "validation"
    | "unknown-model"
    | "hang"
    | "mid-stream-throttle"
    | "mid-stream-error"
    | "truncate"
    | "slow";
  operation?: Operation;
  times?: number;
  /** Of calls with this in their body, or of that model. */
  match?: string;
  model?: string;
  afterDeltas?: number;
  delayMs?: number;
};

export type BedrockOptions = {
  port?: number;
  cacheDirectory?: string;
  embeddings?: "sentences" | "hashing";
  tokensPerSecond?: number;
  /** Whether an answer's sentences are chosen by their meaning too; yes by default. */
  comparesMeaning?: boolean;
  forwardTo?: string;
};

const unknownModel = () => new ServiceError("ValidationException", "The provided model identifier is invalid.");
/** A provider and a name, perhaps under a region's, or an ARN. */
const MODEL_ID = /^(?:[a-z0-9-]+\.){1,2}[\w:-]+(?:\.[\w:-]+)*$|^arn:/;
const midStream = ["mid-stream-throttle", "mid-stream-error", "truncate"];
const kinds = ["throttle", "unavailable", "validation", "unknown-model", "hang", "slow", ...midStream];
const signature =
  /^AWS4-HMAC-SHA256 Credential=[^\s,]+\/aws4_request,\s*SignedHeaders=[^\s,]+,\s*Signature=[0-9a-f]{64}$/;

/** A stand-in of Bedrock's runtime API: embeddings and reranking by InvokeModel, Converse and ConverseStream by `local.extractive-v1`, pages by Tesseract. */
export async function serveBedrock(options: BedrockOptions = {}) {
  const { port = 0, cacheDirectory, embeddings = "sentences", tokensPerSecond, forwardTo } = options;
  const { comparesMeaning = true } = options;
  const embedder = openEmbedder({ cacheDirectory, embeddings });
  const reader = openReader();
  const faults: Fault[] = [];
  /** Models, in the order of the calls. */
  const asked: string[] = [];
  const stats = { invoke: 0, converse: 0, converseStream: 0 };

  async function answer(operation: Operation, modelId: string, body: unknown, response: ServerResponse, fault?: Fault) {
    if (operation === "invoke") {
      const { answer, inputTokens } = await invokeModel(embedder, modelId, body as Record<string, unknown>);
      return sendJson(response, 200, answer, { "x-amzn-bedrock-input-token-count": `${inputTokens}` });
    }
    const request = validateConverse(body);
    if (operation === "converse" && showsPage(request))
      return sendJson(response, 200, await transcribe(reader, request));
    const leaving = new AbortController();
    response.on("close", () => leaving.abort());
    const speech = forwardTo
      ? speakByForwarding(forwardTo, modelId, request, leaving.signal)
      : speakExtractively(request, comparesMeaning ? embedder.similarity : undefined, tokensPerSecond);
    if (operation === "converse") await sendWhole(response, speech);
    else await sendStream(response, speech, fault);
  }

  async function route(request: IncomingMessage, response: ServerResponse) {
    if (await answerControl(request, response, { faults, kinds, stats: () => stats })) return;
    const [, id = "", operation] =
      /^\/model\/([^/]+)\/(invoke|converse|converse-stream)$/.exec(request.url ?? "") ?? [];
    if (request.method !== "POST" || !operation) throw new ServiceError("UnknownOperationException", "");
    requireCredentials(request.headers.authorization);
    const kind = operation as Operation;
    stats[kind === "converse-stream" ? "converseStream" : kind]++;
    const text = await readBody(request);
    const modelId = decodeURIComponent(id);
    asked.push(modelId);
    if (!MODEL_ID.test(modelId)) throw unknownModel();
    const fault = takeFault(faults, text, (candidate) => appliesTo(candidate, kind, modelId));
    if (fault && (await refuseOrWait(fault, kind))) return;
    const body = parseJson(text);
    if (typeof body !== "object" || body === null) throw malformed("not a JSON object");
    await answer(kind, modelId, body, response, kind === "converse-stream" ? fault : undefined);
  }

  const { url, close } = await listen((request, response) => {
    route(request, response).catch((error) => (response.headersSent ? response.destroy() : sendError(response, error)));
  }, port);
  return {
    url,
    faults,
    asked,
    async close() {
      await close();
      await embedder.close();
      await reader.close();
    },
  };
}

function requireCredentials(authorization: string | undefined): void {
  if (!authorization) throw new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token");
  if (/^Bearer \S+$/.test(authorization) || signature.test(authorization)) return;
  const message = "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.";
  throw new ServiceError("IncompleteSignatureException", `${message} Authorization=${authorization}`);
}

function appliesTo(fault: Fault, operation: Operation, modelId: string): boolean {
  if (fault.model && fault.model !== modelId) return false;
  if (fault.operation && fault.operation !== operation) return false;
  return operation === "converse-stream" || !midStream.includes(fault.kind);
}

/** True when the request is to stay without an answer. */
async function refuseOrWait({ kind, afterDeltas, delayMs }: Fault, operation: Operation): Promise<boolean> {
  const isStream = operation === "converse-stream";
  if (kind === "slow" && isStream) return false;
  if (delayMs || kind === "slow") await sleep(delayMs ?? 1000);
  if (kind === "throttle")
    throw new ServiceError("ThrottlingException", "Too many requests, please wait before trying again.");
  if (kind === "unavailable")
    throw new ServiceError("ServiceUnavailableException", "Bedrock is unable to process your request.");
  if (kind === "unknown-model") throw unknownModel();
  if (kind === "validation") throw malformed("refused by an ordered fault");
  return kind === "hang" && !(isStream && afterDeltas !== undefined);
}
