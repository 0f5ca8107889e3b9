import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionError, connectionError, ProblemError, problemError } from "./failure.ts";
import { isPassing, type Pause, retried } from "./retry.ts";
import { parseEvents } from "./sse.ts";
import type {
  Answer,
  AnswerEvent,
  Document,
  Question,
  SearchQuery,
  SearchReply,
  Upload,
  UploadedDocument,
} from "./wire.ts";

type Connection = { url: string; key: string; onPause?: (pause: Pause) => void };
/** A POST without an Idempotency-Key gets one of its own; null is for what only reads. */
type Options = { signal?: AbortSignal; idempotencyKey?: string | null };
type Sending<T> = Options & { body?: unknown; isEndless?: boolean; read: (response: Response) => Promise<T> };
type WaitOptions = { signal?: AbortSignal; onProgress?: (document: Document) => void };

const TIMEOUT_MS = 120_000;
const POLL_MS = 200;
const POLL_MS_MAX = 3_000;

export type Client = ReturnType<typeof createClient>;

/** Edgelore's API. Throws ProblemError when it says no and ConnectionError when it does not answer. */
export function createClient(connection: Connection) {
  const send = sender(connection);

  const request = <T>(method: string, path: string, body?: unknown, options: Options = {}): Promise<T> =>
    send(method, path, { ...options, body, read: readJson<T> });

  const getDocument = (id: string, options?: Options) =>
    request<Document>("GET", `/v1/documents/${encodeURIComponent(id)}`, undefined, options);

  return {
    request,
    getDocument,

    upload: (file: Upload, options?: Options) =>
      request<UploadedDocument>("POST", "/v1/documents", formOf(file), options),

    /** Resolves when the document is completed or failed; `onProgress` hears of every look. */
    async waitForDocument(id: string, { signal, onProgress }: WaitOptions = {}): Promise<Document> {
      for (let pollMs = POLL_MS; ; pollMs = Math.min(pollMs * 1.5, POLL_MS_MAX)) {
        const document = await getDocument(id, { signal });
        onProgress?.(document);
        if (document.status === "completed" || document.status === "failed") return document;
        await sleep(pollMs, undefined, { signal });
      }
    },

    search: (query: SearchQuery, options?: Options) =>
      request<SearchReply>("POST", "/v1/search", query, { ...options, idempotencyKey: null }),

    /** The answer when it is whole. */
    answer: (chatbotId: string, question: Question, options?: Options) =>
      request<Answer>("POST", messagesOf(chatbotId), { ...question, stream: false }, options),

    /** The answer as it is written. Ends with `message.completed` or `error`; a stream that breaks before throws. */
    async *ask(chatbotId: string, question: Question, options?: Options): AsyncGenerator<AnswerEvent> {
      const stream = await send("POST", messagesOf(chatbotId), {
        ...options,
        body: { ...question, stream: true },
        isEndless: true,
        read: readStream,
      });
      try {
        for await (const { event, data } of parseEvents(stream)) {
          yield { event, data: JSON.parse(data) } as AnswerEvent;
          if (event === "message.completed" || event === "error") return;
        }
      } catch (cause) {
        if (options?.signal?.aborted) throw cause;
        throw new ConnectionError("The answer broke off before its end.", "broken", cause);
      }
      throw new ConnectionError("The answer broke off before its end.", "broken");
    },
  };
}

/**
 * Sends what fails in passing again, with the same Idempotency-Key, so nothing is done twice. An address where nothing has
 * ever answered is not waited for.
 */
function sender({ url, key, onPause }: Connection) {
  const base = url.replace(/\/+$/, "");
  let hasAnswered = false;
  const isWorthIt = (error: unknown): error is Error =>
    isPassing(error) || (hasAnswered && error instanceof ConnectionError && error.kind === "absent");

  return <T>(method: string, path: string, { body, signal, isEndless, read, idempotencyKey }: Sending<T>) => {
    const { headers, content } = bodyOf(body);
    headers.set("authorization", `Bearer ${key}`);
    if (method === "POST" && idempotencyKey !== null) headers.set("idempotency-key", idempotencyKey ?? randomUUID());
    const attempt = async (): Promise<T> => {
      const signals = [signal, isEndless ? undefined : AbortSignal.timeout(TIMEOUT_MS)].filter(
        (one) => one !== undefined,
      );
      try {
        const init = { method, headers, body: content, redirect: "manual", signal: AbortSignal.any(signals) } as const;
        const response = await fetch(`${base}${path}`, init);
        hasAnswered = true;
        if (!response.ok) throw await problemError(response);
        return await read(response);
      } catch (error) {
        if (signal?.aborted || error instanceof ProblemError) throw error;
        throw connectionError(error, base);
      }
    };
    return retried(attempt, isWorthIt, { onPause, signal });
  };
}

function bodyOf(body: unknown): { headers: Headers; content?: BodyInit } {
  const headers = new Headers({ accept: "application/json, text/event-stream", "user-agent": "edgelore-cli" });
  if (body === undefined) return { headers };
  if (body instanceof FormData) return { headers, content: body };
  headers.set("content-type", "application/json");
  return { headers, content: JSON.stringify(body) };
}

function formOf({ bytes, filename, mimeType, ...fields }: Upload): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value);
  form.set("file", new File([bytes], filename, { type: mimeType }));
  return form;
}

const messagesOf = (chatbotId: string) => `/v1/chatbots/${encodeURIComponent(chatbotId)}/messages`;

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (text === "" && response.status === 204) return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ProblemError({ title: "The answer is not JSON. Is this the URL of Edgelore?", status: response.status });
  }
}

async function readStream(response: Response): Promise<ReadableStream<Uint8Array>> {
  if (response.headers.get("content-type")?.startsWith("text/event-stream") && response.body) return response.body;
  throw new ProblemError({
    title: "The answer is not a stream. Is this the URL of Edgelore?",
    status: response.status,
  });
}
