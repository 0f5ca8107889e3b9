const firstBytes = 65_536;

/**
 * A body's first `maxBytes`, and whether they are all. It is read no further, whatever length was claimed, and takes no more
 * memory than twice what it holds, in however small pieces it comes.
 */
export async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; isWhole: boolean }> {
  let buffer = new ArrayBuffer(Math.min(maxBytes, firstBytes));
  let size = 0;
  let isWhole = true;
  for await (const piece of body ?? []) {
    signal.throwIfAborted();
    const kept = piece.subarray(0, maxBytes - size);
    const needed = size + kept.byteLength;
    if (needed > buffer.byteLength)
      buffer = buffer.transfer(Math.min(maxBytes, Math.max(needed, buffer.byteLength * 2)));
    new Uint8Array(buffer).set(kept, size);
    size = needed;
    isWhole = kept.byteLength === piece.byteLength;
    if (!isWhole) break;
  }
  return { bytes: new Uint8Array(buffer.transfer(size)), isWhole };
}
