import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { startStack } from "../../../scripts/local/stack.ts";
import { createOrganization } from "../../../scripts/organization.ts";
import type { Text } from "./beir.ts";
import { type Engine, LIMIT } from "./engine.ts";
import type { Asked, Encoding } from "./entries.ts";
import { watchStatements } from "./statements.ts";

type Options = { databaseUrl: string; encoding: Encoding; texts: readonly Text[]; onStep: (step: string) => void };
type Reply = { results: { source: { id: string } }[] };

const UPLOADS_AT_ONCE = 8;
const JOBS_AT_ONCE = 12;
const POLL_MS = 500;

/** Ours from outside, as its users have it: texts by POST /v1/documents and its jobs, questions by POST /v1/search. */
export async function openEdgelore({ databaseUrl, encoding, texts, onStep }: Options): Promise<Engine> {
  const statements = watchStatements("hybrid_search(");
  const outdir = mkdtempSync(join(tmpdir(), "edgelore-peers-"));
  const stack = await startStack({ databaseUrl, outdir, bedrock: encoding });
  const owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  const slug = `peers-${Date.now().toString(36)}`;
  const { adminKey } = await createOrganization({ url: stack.appUrl, endpoint: stack.endpoint, name: "Peers", slug });
  const empty = await databaseSize(owner);
  const textOf = new Map<string, string>();

  async function post<T>(path: string, body: unknown): Promise<T> {
    const response = await fetch(stack.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json() as Promise<T>;
  }

  async function upload(): Promise<void> {
    let next = 0;
    const uploader = async () => {
      for (let at = next++; at < texts.length; at = next++) {
        const { id, title, text } = texts[at]!;
        const made = await post<{ id: string }>("/v1/documents", {
          title,
          text,
          mimeType: "text/plain",
          language: "en",
        });
        textOf.set(made.id, id);
      }
    };
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, uploader));
  }

  /** Wakes many jobs at once, as Cloudflare's queue does; the local one wakes one after the other. */
  async function work(): Promise<void> {
    for (;;) {
      const { rows } = await owner.query<{ id: string }>("select due_jobs('0 seconds', $1) as id", [JOBS_AT_ONCE]);
      if (rows.length === 0) return;
      await Promise.all(rows.map(({ id }) => stack.worker.deliver(id, 1)));
    }
  }

  /** How many chunks there are, once every document has its own. */
  async function settled(): Promise<number> {
    for (;;) {
      const { rows } = await owner.query<{ failed: number; waiting: number; chunks: number }>(`
        select count(*) filter (where status = 'failed')::integer as failed, sum(chunk_count)::integer as chunks,
          count(*) filter (where status not in ('failed', 'completed'))::integer as waiting from documents`);
      const { failed, waiting, chunks } = rows[0]!;
      if (failed > 0) throw new Error(`${failed} documents failed`);
      if (waiting === 0) return chunks;
      onStep(`Documents on their way: ${waiting}`);
      await work();
      await sleep(POLL_MS);
    }
  }

  const ask = async ({ text }: Asked) => {
    const { results } = await post<Reply>("/v1/search", { query: text, limit: LIMIT });
    return { textIds: results.map(({ source }) => textOf.get(source.id) ?? source.id) };
  };

  return {
    version: "Edgelore (working tree)",
    async index(entries) {
      await upload();
      const chunks = await settled();
      if (chunks !== entries.length)
        throw new Error(`${chunks} chunks, and everyone else has ${entries.length} entries`);
      await owner.query("vacuum analyze");
    },
    ways: [
      {
        name: "Edgelore, POST /v1/search, a new question",
        settings: "the whole request: HTTP, key, rate limit, analyzer, embedding call, statement",
        search: ask,
      },
      {
        name: "Edgelore, POST /v1/search, asked before",
        settings: "the same question for the second time",
        search: ask,
      },
      {
        name: "Edgelore, its statement alone",
        settings: "as the worker sends it, as `edgelore_app` under row security, timed at the database's connection",
        async search(asked) {
          statements.reset();
          const found = await ask(asked);
          return { ...found, ms: statements.milliseconds() };
        },
      },
    ],
    bytes: async () => (await databaseSize(owner)) - empty,
    async close() {
      statements.stop();
      await owner.end();
      await stack.close();
      rmSync(outdir, { recursive: true, force: true });
    },
  };
}

async function databaseSize(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ b: string }>("select pg_database_size(current_database()) as b");
  return Number(rows[0]?.b);
}
