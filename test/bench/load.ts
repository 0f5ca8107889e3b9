import { newId } from "../../db/columns.ts";
import { CORPORA } from "../../db/corpora.ts";
import { bm25Weights } from "../../db/search-entries.ts";
import type { DOCUMENT_TYPES } from "../../db/words.ts";
import { ANALYZER_VERSION, analyzeEntry } from "../../functions/kernel/retrieval/analyzer.ts";
import type { BenchDatabase } from "./database.ts";
import { halfvecs, mixer, pickFrom, randomFrom } from "./vectors.ts";

const CHUNKS_PER_DOCUMENT = 20;
const ROWS_PER_INSERT = 500;
const CORPUS = CORPORA.document_chunk.number;

export type TenantPlan = { id: string; entries: number; hasWords: boolean };
type Material = { texts: readonly string[]; vectors: readonly Float32Array[] };
type Chunk = { tenant: string; document: string; text: string; hasWords: boolean; embedding: Float32Array };

/** Of a tenant's documents so many have the type, and a search that asks for it keeps so much of the tenant. */
export const FILTERS = [
  { documentType: "safety", share: 0.01 },
  { documentType: "technical", share: 0.1 },
] as const;

/**
 * Tenants with documents, chunks and what is searched of them, as the ingest path leaves them; documents of all tenants in one
 * shuffled order, as they would have come. Triggers sleep meanwhile, and the statistics are counted at the end.
 */
export async function loadTenants(
  { owner, halfvec }: BenchDatabase,
  plans: readonly TenantPlan[],
  material: Material,
  onStep: (step: string) => void,
) {
  const random = randomFrom(plans.length);
  await owner.query("set session_replication_role = replica");
  await owner.query(
    `insert into organizations (id, name, slug, languages) select id, 'Bench', 'bench-' || id, '{en}' from unnest($1::uuid[]) id`,
    [plans.map(({ id }) => id)],
  );
  const documents = shuffled(
    plans.flatMap(({ id, entries, hasWords }) =>
      Array.from({ length: Math.ceil(entries / CHUNKS_PER_DOCUMENT) }, (_, i) => ({
        tenant: id,
        hasWords,
        id: newId(),
        type: typeOf(i),
        chunks: Math.min(CHUNKS_PER_DOCUMENT, entries - i * CHUNKS_PER_DOCUMENT),
      })),
    ),
    random,
  );
  const mix = mixer(material.vectors, plans.length);
  let waiting: Chunk[] = [];
  let loaded = 0;
  for (let from = 0; from < documents.length; from += ROWS_PER_INSERT) {
    const some = documents.slice(from, from + ROWS_PER_INSERT);
    await owner.query(
      `insert into documents (organization_id, id, title, filename, storage_key, file_size, mime_type, document_type, language, status, content_hash, chunk_count, processed_at)
       select o, id, 'Document', 'document.md', id::text, 0, 'text/markdown', type, 'en', 'completed', id::text, $4, now()
       from unnest($1::uuid[], $2::uuid[], $3::text[]) d(o, id, type)`,
      [some.map(({ tenant }) => tenant), some.map(({ id }) => id), some.map(({ type }) => type), CHUNKS_PER_DOCUMENT],
    );
    for (const { tenant, id, chunks, hasWords } of some) {
      const anchor = mix.anchor();
      for (let i = 0; i < chunks; i++) {
        const text = `${pickFrom(random, material.texts)} ${pickFrom(random, material.texts)}`;
        waiting.push({ tenant, document: id, text, hasWords, embedding: mix.chunk(anchor) });
      }
      if (waiting.length >= ROWS_PER_INSERT) {
        loaded += waiting.length;
        await insertChunks(waiting);
        waiting = [];
      }
    }
    onStep(`Loaded: ${loaded}`);
  }
  if (waiting.length > 0) await insertChunks(waiting);
  await countStatistics();
  await owner.query("set session_replication_role = origin");
  await owner.query("vacuum analyze");

  async function insertChunks(chunks: readonly Chunk[]) {
    const ids = chunks.map(() => newId());
    const tenants = chunks.map(({ tenant }) => tenant);
    const sources = chunks.map(({ document }) => document);
    const analyzed = chunks.map(({ text, hasWords }) =>
      hasWords ? analyzeEntry(text, "en") : { length: 0, terms: new Map() },
    );
    await owner.query(
      `insert into document_chunks (organization_id, id, document_id, chunk_index, content, start_offset, end_offset, token_count)
       select o, id, s, row_number() over (partition by s), content, 0, length(content), length(content) / 4
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) c(o, id, s, content)`,
      [tenants, ids, sources, chunks.map(({ text }) => text)],
    );
    await owner.query(
      `insert into search_terms (shelf, organization_id, corpus, entry_id, source_id, language, length, average_length, analyzer_version, weights, terms)
       select 0, o, $1, id, s, 'en', n, $2::real, $3, w.weights, salted_terms(o, terms::integer[])
       from unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::integer[], $8::text[], $9::text[]) e(o, id, s, n, terms, counts),
         lateral (select ${bm25Weights("e.n", "$2::real")} as weights from unnest(terms::integer[], counts::integer[]) t(term, tf)) w`,
      [
        CORPUS,
        80,
        ANALYZER_VERSION,
        tenants,
        ids,
        sources,
        analyzed.map(({ length }) => length),
        analyzed.map(({ terms }) => `{${[...terms.keys()].join()}}`),
        analyzed.map(({ terms }) => `{${[...terms.values()].join()}}`),
      ],
    );
    await owner.query(
      `insert into search_vectors (shelf, organization_id, corpus, entry_id, source_id, model, embedding)
       select 0, e.o, $1, e.id, e.s, o.embedding_model, e.embedding
       from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::halfvec[]) e(o, id, s, embedding) join organizations o on o.id = e.o`,
      [
        CORPUS,
        tenants,
        ids,
        sources,
        halfvecs(
          halfvec,
          chunks.map(({ embedding }) => embedding),
        ),
      ],
    );
  }

  async function countStatistics() {
    const added = [plans.map(({ id }) => id)];
    await owner.query(
      `insert into corpus_stats (organization_id, corpus, entries, length)
       select organization_id, corpus, count(*), sum(length) from search_terms where organization_id = any ($1) group by 1, 2`,
      added,
    );
    await owner.query(
      `insert into term_stats (organization_id, corpus, term, entries)
       select organization_id, corpus, term, count(*) from search_terms, unnest(terms) term where organization_id = any ($1) group by 1, 2, 3`,
      added,
    );
  }
}

function typeOf(document: number): (typeof DOCUMENT_TYPES)[number] {
  const place = document % 100;
  let from = 0;
  for (const { documentType, share } of FILTERS) {
    if (place >= from && place < from + share * 100) return documentType;
    from += share * 100;
  }
  return "other";
}

function shuffled<T>(all: T[], random: () => number): T[] {
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}
