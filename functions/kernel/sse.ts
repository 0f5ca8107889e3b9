import type { StreamEvent } from "./endpoint.ts";
import { LIMITS } from "./limits.ts";

const encoder = new TextEncoder();

export const STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

/**
 * Server-sent events of a generator, with a comment every 10 s so that proxies keep the line open. When the reader leaves,
 * the generator goes on: it always runs to its end, so it can store what it has. `done` resolves then.
 */
export function eventStream(
  events: AsyncIterator<StreamEvent>,
  first: IteratorResult<StreamEvent>,
  eventOf: (error: unknown) => StreamEvent,
): { body: ReadableStream<Uint8Array>; done: Promise<{ failed: boolean }> } {
  let reader: ReadableStreamDefaultController<Uint8Array> | undefined;
  let sequence = 0;
  const send = (chunk: string) => {
    try {
      reader?.enqueue(encoder.encode(chunk));
    } catch {
      reader = undefined; // closed under us: the reader has left
    }
  };
  const tell = ({ event, data }: StreamEvent) =>
    send(`id: ${++sequence}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      reader = controller;
    },
    cancel() {
      reader = undefined;
    },
  });

  const pump = async () => {
    const comment = setInterval(() => send(": still here\n\n"), LIMITS.streamCommentMs);
    let failed = false;
    try {
      for (let next = first; !next.done; next = await events.next()) tell(next.value);
    } catch (error) {
      failed = true;
      tell(eventOf(error));
    } finally {
      clearInterval(comment);
      try {
        reader?.close();
      } catch {
        reader = undefined;
      }
    }
    return { failed };
  };
  return { body, done: pump() };
}
