import { createHash } from "node:crypto";
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";

const hashBytes = 32;
const blockRecords = 1024;

export type VectorCache = {
  get(text: string): Float32Array | undefined;
  set(text: string, vector: Float32Array): void;
  close(): void;
};

/** An append-only file of fixed records, sha256 then float32s; what a crash left of the last one is cut off when opened. */
export function openVectorCache(directory: string, name: string, dimensions: number): VectorCache {
  const recordBytes = hashBytes + dimensions * 4;
  mkdirSync(directory, { recursive: true });
  const file = openSync(join(directory, `${name}.vectors`), "a+");
  const records = Math.floor(fstatSync(file).size / recordBytes);
  ftruncateSync(file, records * recordBytes);
  const positions = new Map<string, number>();
  const block = Buffer.alloc(recordBytes * blockRecords);
  for (let first = 0; first < records; first += blockRecords) {
    const read = readSync(file, block, 0, block.length, first * recordBytes) / recordBytes;
    for (let i = 0; i < read; i++) {
      positions.set(block.toString("latin1", i * recordBytes, i * recordBytes + hashBytes), (first + i) * recordBytes);
    }
  }

  const keyOf = (text: string) => createHash("sha256").update(text).digest();

  return {
    get(text) {
      const position = positions.get(keyOf(text).toString("latin1"));
      if (position === undefined) return undefined;
      const vector = new Float32Array(dimensions);
      readSync(file, new Uint8Array(vector.buffer), 0, dimensions * 4, position + hashBytes);
      // A power cut may leave zeros in place of data, which no unit vector is.
      return vector.some((value) => value !== 0) ? vector : undefined;
    },
    set(text, vector) {
      const key = keyOf(text);
      writeSync(file, Buffer.concat([key, new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)]));
      // Another process may append too, so only the file knows where this record ended.
      const end = fstatSync(file).size;
      if (end % recordBytes === 0) positions.set(key.toString("latin1"), end - recordBytes);
    },
    close: () => closeSync(file),
  };
}
