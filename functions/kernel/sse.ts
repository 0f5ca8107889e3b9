import type { Dialect } from "./dialect.ts";
import type { FeedEvent, StreamEvent } from "./endpoint.ts";
import { LIMITS } from "./limits.ts";
import { pulledStream } from "./pulled.ts";

const encoder = new TextEncoder();

export const STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

const written = (told: StreamEvent | FeedEvent) =>
  encoder.encode(
    [
      ...("id" in told ? [`id: ${told.id}`] : []),
      ...("retryMs" in told
        ? [": still here", `retry: ${told.retryMs}`]
        : [`event: ${told.event}`, `data: ${JSON.stringify(told.data)}`]),
      "\n",
    ].join("\n"),
  );

/** A feed as server-sent events, pulled no faster than it is read. It ends when its reader leaves. */
export const feedStream = (
  feed: AsyncIterator<FeedEvent>,
  first: IteratorResult<FeedEvent>,
  eventOf: (error: unknown) => StreamEvent,
) => pulledStream(feed, first, written, (error) => written(eventOf(error)));

/**
 * Server-sent events of a generator, with a comment every 10 s so that proxies keep the line open. When the reader leaves,
 * the generator goes on: it always runs to its end, so it can store what it has. `done` resolves then.
 */
export function eventStream(
  events: AsyncIterator<StreamEvent>,
  first: IteratorResult<StreamEvent>,
  eventOf: (error: unknown) => StreamEvent,
  { written, end }: Pick<Dialect, "written" | "end">,
): { body: ReadableStream<Uint8Array>; done: Promise<{ error?: unknown }> } {
  let reader: ReadableStreamDefaultController<Uint8Array> | undefined;
  let sequence = 0;
  const send = (chunk: Uint8Array) => {
    try {
      reader?.enqueue(chunk);
    } catch {
      reader = undefined; // closed under us: the reader has left
    }
  };
  const tell = (told: StreamEvent) => send(encoder.encode(written(told, ++sequence)));

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      reader = controller;
    },
    cancel() {
      reader = undefined;
    },
  });

  const pump = async () => {
    const comment = setInterval(() => send(encoder.encode(": still here\n\n")), LIMITS.streamCommentMs);
    let outcome: { error?: unknown } = {};
    try {
      for (let next = first; !next.done; next = await events.next()) tell(next.value);
      send(encoder.encode(end));
    } catch (error) {
      outcome = { error };
      tell(eventOf(error));
    } finally {
      clearInterval(comment);
      try {
        reader?.close();
      } catch {
        reader = undefined;
      }
    }
    return outcome;
  };
  return { body, done: pump() };
}
