/** What a generator yields, written when the reader takes it, so that a slow one holds no more than that; who leaves ends it. */
export function pulledStream<T>(
  source: AsyncIterator<T>,
  first: IteratorResult<T>,
  write: (value: T) => Uint8Array,
  writeError: (error: unknown) => Uint8Array,
): ReadableStream<Uint8Array> {
  let begun: IteratorResult<T> | undefined = first;
  let hasLeft = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(reader) {
        const next = begun ?? (await source.next().catch((error: unknown) => ({ done: "failed" as const, error })));
        begun = undefined;
        if (hasLeft) return;
        if (!next.done) return reader.enqueue(write(next.value));
        if (next.done === "failed") reader.enqueue(writeError(next.error));
        reader.close();
      },
      async cancel() {
        hasLeft = true;
        await source.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
