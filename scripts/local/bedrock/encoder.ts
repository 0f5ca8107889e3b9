import { Worker } from "node:worker_threads";
import type { Batch, Encoded } from "./encoder-worker.ts";
import { openVectorCache } from "./vector-cache.ts";

export const encoderDimensions = 512;
const batchMax = 8;
const windowCharsMax = 500;
const windowsMax = 8;

type Waiting = { text: string; resolve: (vector: Float32Array) => void; reject: (error: Error) => void };
export type Encoder = { encode(text: string): Promise<Float32Array>; close(): Promise<void> };

/** The English sentence encoder in worker threads, started with the first text; unit vectors. */
export function openEncoder({
  cacheDirectory,
  threads = 2,
}: {
  cacheDirectory?: string;
  threads?: number;
} = {}): Encoder {
  const cache = cacheDirectory ? openVectorCache(cacheDirectory, "sentences-en-512", encoderDimensions) : undefined;
  const queue: Waiting[] = [];
  const underWay = new Map<string, Promise<Float32Array>>();
  const workers: { worker: Worker; batch: Waiting[] }[] = [];

  function startWorker() {
    const worker = new Worker(new URL("./encoder-worker.ts", import.meta.url));
    const state = { worker, batch: [] as Waiting[] };
    worker.on("message", (encoded: Encoded) => {
      const batch = state.batch.splice(0, Infinity);
      if ("error" in encoded) for (const { reject } of batch) reject(new Error(encoded.error));
      else for (const [i, { resolve }] of batch.entries()) resolve(toUnit(Float32Array.from(encoded.vectors[i]!)));
      dispatch();
    });
    worker.on("error", (error: Error) => {
      workers.splice(workers.indexOf(state), 1);
      for (const { reject } of state.batch) reject(error);
      dispatch();
    });
    workers.push(state);
    return state;
  }

  function dispatch() {
    while (queue.length > 0) {
      const idle =
        workers.find(({ batch }) => batch.length === 0) ?? (workers.length < threads ? startWorker() : undefined);
      if (!idle) return;
      idle.batch = queue.splice(0, Math.min(batchMax, Math.ceil(queue.length / threads)));
      idle.worker.ref();
      idle.worker.postMessage({ texts: idle.batch.map(({ text }) => text) } satisfies Batch);
    }
    // Idle threads must not keep a process alive that has nothing else to do.
    for (const { worker, batch } of workers) if (batch.length === 0) worker.unref();
  }

  function encodeWindow(text: string): Promise<Float32Array> {
    const encoded = new Promise<Float32Array>((resolve, reject) => queue.push({ text, resolve, reject }));
    // In the next turn, so that what is asked together travels in one batch.
    setImmediate(dispatch);
    return encoded;
  }

  async function encodeAll(text: string): Promise<Float32Array> {
    const vector = toUnit(sum(await Promise.all(windows(text).map(encodeWindow))));
    cache?.set(text, vector);
    return vector;
  }

  return {
    async encode(text) {
      const known = cache?.get(text) ?? underWay.get(text);
      if (known) return known;
      const encoded = encodeAll(text).finally(() => underWay.delete(text));
      underWay.set(text, encoded);
      return encoded;
    },
    async close() {
      await Promise.all(workers.map(({ worker }) => worker.terminate()));
      cache?.close();
    },
  };
}

/** The encoder reads 128 tokens and no further, so a longer text is the mean of its windows. */
function windows(text: string): string[] {
  const found = [""];
  for (const word of text.split(/(?<=\s)/)) {
    const isFull = found.at(-1)!.length + word.length > windowCharsMax && found.at(-1) !== "";
    if (isFull && found.push("") > windowsMax) return found.slice(0, windowsMax);
    found[found.length - 1] += word.slice(0, windowCharsMax);
  }
  return found;
}

function sum(vectors: Float32Array[]): Float32Array {
  const total = new Float32Array(encoderDimensions);
  for (const vector of vectors) for (let i = 0; i < total.length; i++) total[i]! += vector[i]!;
  return total;
}

export function toUnit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return norm === 0 ? vector : vector.map((value) => value / norm);
}
