const encoder = new TextEncoder();

export const LINES_HEADERS = { "content-type": "application/jsonl", "cache-control": "no-store" };

/** One JSON value a line, each made when the reader takes it, so that a slow one holds no more than that; who leaves ends it. */
export function lineStream(
  lines: AsyncGenerator<unknown>,
  first: IteratorResult<unknown>,
  lineOf: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  let waiting: IteratorResult<unknown> | undefined = first;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const tell = (line: unknown) => controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      try {
        const { done, value } = waiting ?? (await lines.next());
        waiting = undefined;
        if (done) controller.close();
        else tell(value);
      } catch (error) {
        tell(lineOf(error));
        controller.close();
      }
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}
