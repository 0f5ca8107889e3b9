import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "../../db/columns.ts";
import { insertApiKey } from "../../db/queries/tenancy/api-key.ts";
import { newApiKey } from "../../functions/kernel/auth/api-key.ts";
import { USER_SCOPES } from "../../functions/kernel/auth/scopes.ts";
import { startStack } from "../../scripts/local/stack.ts";
import type { BenchDatabase } from "./database.ts";
import type { Material } from "./growth.ts";
import { quantile } from "./measure.ts";
import { round, type Section } from "./section.ts";
import { pickFrom, randomFrom } from "./vectors.ts";

const PARAGRAPHS = 6;
const UPLOADS_AT_ONCE = 8;
/** Shares of all documents, one after the other: at full speed, or at a share of it, with somebody searching all the while. */
const STEPS: { share: number; speed?: number; isSearched?: boolean }[] = [
  { share: 0.1 },
  { share: 0.1, isSearched: true },
  { share: 0.1, isSearched: true, speed: 0.25 },
  { share: 0.2 },
  { share: 0.5 },
];
const GROWTH_MAX = 1.2;
const WHILE_INGESTING_MAX = 1.5;
const MEMORY_GROWTH_MAX = 1.25;
const SEARCH_EVERY_MS = 200;
const POLL_MS = 500;

/** Documents through the API, the queue and the embedding stand-in until all are completed: what it costs as they become many, and who waits meanwhile. */
export async function documents(
  database: BenchDatabase,
  material: Material,
  count: number,
  onStep: (step: string) => void,
): Promise<Section> {
  const outdir = mkdtempSync(join(tmpdir(), "edgelore-bench-"));
  const stack = await startStack({
    databaseUrl: database.url,
    outdir,
    bedrock: { embeddings: "hashing" },
    isInspected: true,
  });
  try {
    const organizationId = newId();
    await database.owner.query(
      "insert into organizations (id, name, slug) values ($1::uuid, 'Bench', 'bench-' || $1::text)",
      [organizationId],
    );
    const { secret, prefix, hash } = await newApiKey();
    const key = { id: newId(), name: "Bench", prefix, hash, scopes: [...USER_SCOPES] };
    await insertApiKey(database.tenant(organizationId), key, []);
    const call = async (path: string, body: unknown) => {
      const response = await fetch(stack.url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    };
    const random = randomFrom(count);
    const upload = (i: number) => {
      const text = [`This is document number${i}.`, ...paragraphs(random, material.texts)].join("\n\n");
      return call("/v1/documents", { title: `Document ${i}`, text, mimeType: "text/plain" });
    };
    const ask = async (i: number) => {
      const started = performance.now();
      await call("/v1/search", { query: material.asked[i % material.asked.length]!.text, syntax: "plain" });
      return performance.now() - started;
    };
    const progress = async () => (await database.owner.query<Progress>(PROGRESS, [organizationId])).rows[0]!;
    const state = async () => (await database.owner.query<State>(STATE, [organizationId])).rows[0]!;

    /** Until all are there; with `searching` somebody searches all the while. */
    async function ingest(from: number, to: number, { searching = false, perSecond = Infinity } = {}) {
      const started = performance.now();
      const asked: number[] = [];
      let next = from;
      let isOver = false;
      const uploader = async () => {
        while (next < to) {
          const i = next++;
          const due = started + ((i - from) / perSecond) * 1_000;
          if (due > performance.now()) await sleep(due - performance.now());
          await upload(i);
        }
      };
      const searcher = async () => {
        for (let i = 0; searching && !isOver; i++) {
          asked.push(await ask(i));
          await sleep(SEARCH_EVERY_MS);
        }
      };
      const finished = async () => {
        await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, uploader));
        for (;;) {
          const { completed, failed } = await progress();
          onStep(`Documents: ${completed} of ${to}`);
          if (failed > 0) throw new Error(`${failed} documents failed`);
          if (completed === to) break;
          await sleep(POLL_MS);
        }
        isOver = true;
      };
      await Promise.all([finished(), searcher()]);
      return { seconds: (performance.now() - started) / 1000, asked };
    }

    const warm = Math.ceil(count / 100);
    await ingest(0, warm);
    const rows: (string | number)[][] = [];
    const memories: number[] = [];
    const perDocument: number[] = [];
    const slower: number[] = [];
    let at = warm;
    for (const { share, speed, isSearched = false } of STEPS) {
      const to = at + Math.round(share * count);
      const before = await state();
      const perSecond = speed === undefined ? Infinity : speed / perDocument[0]!;
      const { seconds, asked } = await ingest(at, to, { searching: isSearched, perSecond });
      const now = await state();
      memories.push(await stack.worker.heapUsed());
      if (speed === undefined) perDocument.push(seconds / (to - at));
      if (isSearched) {
        const idle: number[] = [];
        for (let i = 0; i < Math.max(20, asked.length); i++) idle.push(await ask(i));
        slower.push(quantile(asked, 0.95) / quantile(idle, 0.95));
      }
      rows.push([
        (to - warm).toLocaleString("en"),
        speed === undefined ? "full" : `${speed} of it`,
        round((now.chunks - before.chunks) / seconds, 1),
        isSearched ? round(slower.at(-1)!) : "",
        round(memories.at(-1)! / 1e6, 0),
      ]);
      at = to;
    }
    const end = await state();
    return {
      title: `${count.toLocaleString("en")} documents`,
      notes: [
        `Each of ${PARAGRAPHS} real paragraphs, by \`POST /v1/documents\`, ${UPLOADS_AT_ONCE} at once; the queue reads, the stand-in embeds (by hashing: a model's own time is left out). Seconds until all are completed.`,
        `At the end: ${end.documents} documents, ${end.completed} completed, ${end.distinct} different; ${end.chunks} chunks, ${end.terms} found by words, ${end.vectors} by meaning.`,
      ],
      tables: [
        {
          title: "Growth",
          columns: ["documents", "speed", "chunks a second", "search p95, of idle", "heap of the worker, MB"],
          rows,
        },
      ],
      figures: [
        {
          name: "documents lost or double",
          value: Math.abs(end.documents - end.distinct) + Math.abs(end.documents - at),
          limit: 0,
          atMost: true,
        },
        {
          name: "chunks not found by words or meaning",
          value: 2 * end.chunks - end.terms - end.vectors,
          limit: 0,
          atMost: true,
        },
        {
          name: "seconds a document in the last half, of those in the first tenth",
          value: perDocument.at(-1)! / perDocument[0]!,
          limit: GROWTH_MAX,
          atMost: true,
        },
        {
          name: "heap of the worker after a collection, at the end against the half",
          value: memories.at(-1)! / memories.at(-2)!,
          limit: MEMORY_GROWTH_MAX,
          atMost: true,
        },
        {
          name: "search p95 while ingesting at a quarter of full speed, of idle",
          value: slower.at(-1)!,
          limit: WHILE_INGESTING_MAX,
          atMost: true,
        },
      ],
      plots: [],
    };
  } finally {
    await stack.close();
    rmSync(outdir, { recursive: true, force: true });
  }
}

type Progress = Record<"completed" | "failed", number>;
/** Asked all the while, so it must cost little beside what is measured. */
const PROGRESS = `select count(*) filter (where status = 'completed')::integer as completed,
  count(*) filter (where status = 'failed')::integer as failed from documents where organization_id = $1`;

type State = Record<"documents" | "completed" | "distinct" | "chunks" | "terms" | "vectors", number>;
const STATE = `select count(*)::integer as documents, count(*) filter (where status = 'completed')::integer as completed,
  count(distinct content_hash)::integer as distinct,
  (select count(*)::integer from document_chunks where organization_id = $1) as chunks,
  (select count(*)::integer from search_terms t join organizations o on o.id = t.organization_id and o.shelf = t.shelf where o.id = $1) as terms,
  (select count(*)::integer from search_vectors v join organizations o on o.id = v.organization_id and o.shelf = v.shelf where o.id = $1) as vectors
  from documents where organization_id = $1`;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const paragraphs = (random: () => number, texts: readonly string[]) =>
  Array.from({ length: PARAGRAPHS }, () => pickFrom(random, texts));
