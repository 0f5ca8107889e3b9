import { sql } from "drizzle-orm";
import { newId } from "../../db/columns.ts";
import { DOCUMENT_KIND } from "../../db/search-entries.ts";
import { type Chunk, chunkBlocks } from "../../functions/chatbots/extraction/chunk.ts";
import { extract } from "../../functions/chatbots/extraction/extract.ts";
import { passagesOf, writeChange } from "../../functions/chatbots/version.ts";
import type { Ai } from "../../functions/kernel/ai/gateway.ts";
import { openSearch } from "../../functions/kernel/retrieval/search.ts";
import type { BenchDatabase } from "./database.ts";
import type { Material } from "./growth.ts";
import { round, type Section } from "./section.ts";
import { halfvecs, pickFrom, randomFrom } from "./vectors.ts";

const asDocumentChunk = (chunk: Chunk) => ({
  ...chunk,
  chunkType: chunk.kind,
  language: "en",
  confidence: null,
  prefix: "",
});

const PARAGRAPHS_PER_DOCUMENT = 300;
const SHARE_MIN = 0.5;
const TABLES = ["document_chunks", "search_terms", "search_vectors"] as const;

/**
 * Chunks a second that become searchable, by the steps of `document.ingest` and `document.embed` once a file is cut into chunks,
 * every embedding cached; against the same number of statements that INSERT the very rows that came of it, sent the same way.
 */
export async function ingest(database: BenchDatabase, material: Material, chunksMin: number): Promise<Section> {
  const { owner } = database;
  const [ours, bare] = [await organization(database), await organization(database)];
  const documents = await documentsOf(material.texts, chunksMin);
  const texts = documents.flatMap((document) => document.texts);
  const chunkCount = texts.length;
  const tenant = database.tenant(ours);
  for (const organizationId of [ours, bare]) await insertDocuments(database, organizationId, documents);
  await cacheEmbeddings(database, ours, texts, material.vectors);
  const search = openSearch(tenant, unasked, ours);

  const started = performance.now();
  for (const { id, chunks } of documents) {
    const passages = await passagesOf(TITLE, chunks.map(asDocumentChunk));
    const change = { kept: [], added: passages, removed: [] };
    await tenant.batch(await writeChange({ ...tenant, search }, { id, title: TITLE, version: 0 }, change));
    await search.embedWaiting("document_chunk", id);
  }
  const oursSeconds = (performance.now() - started) / 1000;

  const { rows } = await owner.query<{ count: number }>(
    "select count(*)::integer from search_vectors where organization_id = $1",
    [ours],
  );
  if (rows[0]!.count !== chunkCount) throw new Error(`${rows[0]!.count} vectors of ${chunkCount} chunks`);
  const bareSeconds = await insertAgain(database, ours, bare, documents);
  return {
    title: "Ingest, embeddings cached",
    notes: [
      `${documents.length} documents, ${chunkCount} chunks. Ours: the analysis of each chunk and all statements. Bare: multi-row \`INSERT … VALUES\` of the finished rows, a document's a batch, into the same tables with their indexes and triggers. Both over SQL-over-HTTP, as the worker speaks it.`,
    ],
    tables: [
      {
        title: "Chunks a second",
        columns: ["way", "chunks/s"],
        rows: [
          ["ours", round(chunkCount / oursSeconds, 0)],
          ["bare INSERT", round(chunkCount / bareSeconds, 0)],
        ],
      },
    ],
    figures: [
      {
        name: "ingest, as a share of a bare INSERT's speed",
        value: bareSeconds / oursSeconds,
        limit: SHARE_MIN,
        atMost: false,
      },
    ],
    plots: [],
  };
}

const TITLE = "Document";
type Document = { id: string; chunks: Chunk[]; texts: string[] };

const read = async (bytes: Uint8Array<ArrayBuffer>) =>
  chunkBlocks((await extract(bytes, { mimeType: "text/markdown", filename: "bench.md" })).blocks);

async function documentsOf(texts: readonly string[], chunksMin: number): Promise<Document[]> {
  const random = randomFrom(chunksMin);
  const documents: Document[] = [];
  for (let made = 0; made < chunksMin; made += documents.at(-1)!.texts.length) {
    const paragraphs = Array.from({ length: PARAGRAPHS_PER_DOCUMENT }, () => pickFrom(random, texts));
    const bytes = new TextEncoder().encode(paragraphs.join("\n\n"));
    const chunks = await read(bytes);
    const embedded = chunks.map(({ context, text }) => [TITLE, context, text].filter(Boolean).join("\n"));
    documents.push({ id: newId(), chunks, texts: embedded });
  }
  return documents;
}

async function insertDocuments({ owner }: BenchDatabase, organizationId: string, documents: readonly Document[]) {
  await owner.query(
    `insert into documents (organization_id, id, title, filename, storage_key, file_size, mime_type, language, status, content_hash)
     select $1::uuid, id, $3, 'bench.md', id::text, 0, 'text/markdown', 'en', 'processing', id::text from unnest($2::uuid[]) id`,
    [organizationId, documents.map(({ id }) => id), TITLE],
  );
}

async function cacheEmbeddings(
  { owner, halfvec }: BenchDatabase,
  organizationId: string,
  texts: readonly string[],
  vectors: Material["vectors"],
) {
  const random = randomFrom(texts.length);
  await owner.query(
    `insert into embedding_cache (organization_id, model, text_hash, embedding, expires_at)
     select distinct on (3) o.id, o.embedding_model, sha256(convert_to($2 || E'\\n' || text, 'UTF8')), embedding, now() + interval '1 day'
     from organizations o, unnest($3::text[], $4::halfvec[]) as t(text, embedding) where o.id = $1`,
    [
      organizationId,
      DOCUMENT_KIND,
      texts,
      halfvecs(
        halfvec,
        texts.map(() => pickFrom(random, vectors)),
      ),
    ],
  );
}

type Cell = string | null;

/** What ours wrote, once more, for the other organization. Seconds. */
async function insertAgain(database: BenchDatabase, from: string, to: string, documents: readonly Document[]) {
  const batches: { text: string; cells: Cell[] }[][] = [];
  for (const { id } of documents) {
    const inserts = [];
    for (const table of TABLES) inserts.push(await insertOf(database, table, from, id));
    batches.push(inserts);
  }
  const tenant = database.tenant(to);
  const started = performance.now();
  for (const inserts of batches)
    await tenant.batch(inserts.map(({ text, cells }) => tenant.db.execute(statementOf(text, cells))));
  return (performance.now() - started) / 1000;
}

/** One INSERT of all rows of a document, with other ids, the values as text. */
async function insertOf(
  { owner }: BenchDatabase,
  table: (typeof TABLES)[number],
  organizationId: string,
  documentId: string,
) {
  const { rows: columns } = await owner.query<{ name: string; type: string }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type from pg_attribute a
     where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attname <> 'organization_id'`,
    [table],
  );
  const source = table === "document_chunks" ? "document_id" : "source_id";
  const { rows } = await owner.query<{ cells: Cell[] }>(
    `select array[${columns.map(({ name }) => `${name}::text`).join()}] as cells from ${table} where organization_id = $1 and ${source} = $2`,
    [organizationId, documentId],
  );
  const row = `(${columns.map(({ type }) => `?::${type}`).join()})`;
  return {
    text: `insert into ${table} (${columns.map(({ name }) => name).join()}) values ${rows.map(() => row).join()}`,
    cells: rows.flatMap(({ cells }) => cells),
  };
}

function statementOf(text: string, cells: readonly Cell[]) {
  const pieces = text.split("?");
  return sql.join(pieces.flatMap((piece, i) => [sql.raw(piece), ...(i < cells.length ? [sql`${cells[i]}`] : [])]));
}

/** Nothing may be asked of a model: every embedding is in the cache. */
const unasked = new Proxy({} as Ai, {
  get: (_, name) =>
    name === "pending"
      ? () => []
      : () => {
          throw new Error(`a model was asked: ${String(name)}`);
        },
});

async function organization({ owner }: BenchDatabase): Promise<string> {
  const id = newId();
  await owner.query(
    "insert into organizations (id, name, slug, languages) values ($1::uuid, 'Bench', 'bench-' || $1::uuid, '{en}')",
    [id],
  );
  return id;
}
