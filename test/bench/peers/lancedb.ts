import { mkdtempSync, rmSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Table } from "@lancedb/lancedb";
import { type Engine, LIMIT } from "./engine.ts";
import { versionOf } from "./versions.ts";

const EF = 120;

/**
 * Hybrid search as LanceDB's documentation shows it. Its FTS index stems and drops stop words by default. "For datasets
 * around 100K rows or fewer … a vector index is usually unnecessary", so the exact way is the recommended one.
 */
export async function openLanceDb(): Promise<Engine> {
  // It warns at every question that `select` will one day mean what it says.
  process.env.LANCEDB_LOG ??= "error";
  const { connect, Index, rerankers } = await import("@lancedb/lancedb");
  const directory = mkdtempSync(join(tmpdir(), "edgelore-peers-"));
  const db = await connect(directory);
  const reranker = await rerankers.RRFReranker.create();
  let table: Table;

  const ask = async (text: string, vector: number[], isExact: boolean) => {
    const query = table
      .query()
      .fullTextSearch(text, { columns: ["content"] })
      .nearestTo(vector)
      .distanceType("cosine");
    const narrowed = isExact ? query.bypassVectorIndex() : query.ef(EF).refineFactor(1);
    const rows = await narrowed.rerank(reranker).select(["textId", "content"]).limit(LIMIT).toArray();
    return { textIds: rows.map(({ textId }: { textId: string }) => textId) };
  };

  return {
    version: `@lancedb/lancedb ${versionOf("@lancedb/lancedb")}`,
    async index(entries) {
      table = await db.createTable(
        "entries",
        entries.map(({ textId, content, vector }) => ({ textId, content, vector })),
      );
      await table.createIndex("content", { config: Index.fts() });
      await table.createIndex("vector", { config: Index.hnswSq({ distanceType: "cosine", numPartitions: 1 }) });
      await table.waitForIndex(["content_idx", "vector_idx"], 600);
      await table.optimize();
    },
    ways: [
      {
        name: "LanceDB, no vector index",
        settings: "`Index.fts()`, exact cosine, `RRFReranker`; what its documentation advises below 100,000 rows",
        search: ({ text, vector }) => ask(text, vector, true),
      },
      {
        name: "LanceDB, vector index",
        settings: "the same with `Index.hnswSq` (one partition), `ef` 120, `refineFactor` 1",
        search: ({ text, vector }) => ask(text, vector, false),
      },
    ],
    bytes: () => sizeOf(directory),
    async close() {
      table?.close();
      db.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function sizeOf(directory: string): Promise<number> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}
