import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  foreignKey,
  halfvec,
  index,
  integer,
  pgTable,
  primaryKey,
  real,
  smallint,
  sparsevec,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import {
  createdAt,
  EMBEDDING_DIMENSIONS,
  organizationId,
  searchPolicy,
  systemPolicy,
  tenantPolicy,
} from "../columns.ts";
import { organizations } from "./tenancy.ts";

/** Terms are 28-bit hashes, so a query has up to 2^28 dimensions, of which an entry uses some hundred. */
export const TERM_DIMENSIONS = 2 ** 28;

const shelf = () => smallint("shelf").notNull();
const corpus = () => smallint("corpus").notNull();

/** What is searched by words: derived from the corpora, partitioned by shelf, can be dropped and rebuilt. */
export const searchTerms = pgTable(
  "search_terms",
  {
    shelf: shelf(),
    organizationId: organizationId(),
    corpus: corpus(),
    entryId: uuid("entry_id").notNull(),
    sourceId: uuid("source_id").notNull(),
    language: text("language").notNull(),
    /** Terms counted with repetition: BM25's document length. */
    length: integer("length").notNull(),
    /** The corpus's average length when `weights` was written; re-weighted when it has drifted. */
    averageLength: real("average_length").notNull(),
    analyzerVersion: smallint("analyzer_version").notNull(),
    /** BM25's saturated term frequencies; the score of a query is their inner product with its idf weights. */
    weights: sparsevec("weights", { dimensions: TERM_DIMENSIONS }).notNull(),
    /** The same terms, salted by organization, so one tenant's postings never meet another's in the GIN index. */
    terms: integer("terms").array().notNull(),
  },
  (t) => [
    primaryKey({ name: "search_terms_key", columns: [t.organizationId, t.corpus, t.entryId, t.shelf] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("search_terms_by_term").using("gin", t.terms),
    index("search_terms_by_source").on(t.organizationId, t.corpus, t.sourceId),
    tenantPolicy(),
    searchPolicy(),
  ],
);

/** What is searched by meaning. A second model's vectors stand beside the first's while an organization switches. */
export const searchVectors = pgTable(
  "search_vectors",
  {
    shelf: shelf(),
    organizationId: organizationId(),
    corpus: corpus(),
    entryId: uuid("entry_id").notNull(),
    model: text("model").notNull(),
    sourceId: uuid("source_id").notNull(),
    /** Normalized, STORAGE PLAIN: a TOASTed vector is five times slower to scan. */
    embedding: halfvec("embedding", { dimensions: EMBEDDING_DIMENSIONS }).notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ name: "search_vectors_key", columns: [t.organizationId, t.corpus, t.entryId, t.model, t.shelf] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("search_vectors_by_source").on(t.organizationId, t.corpus, t.sourceId),
    tenantPolicy(),
    searchPolicy(),
  ],
);

/**
 * How many entries hold a term: insert-only deltas, summed by the query, folded by cron
 * (a counter updated in place was 7 to 10 times slower with 16 writers).
 */
export const termStats = pgTable(
  "term_stats",
  {
    organizationId: organizationId(),
    corpus: corpus(),
    term: integer("term").notNull(),
    entries: integer("entries").notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("term_stats_by_term").on(t.organizationId, t.corpus, t.term),
    tenantPolicy(),
    searchPolicy(),
    systemPolicy(),
  ],
);

export const corpusStats = pgTable(
  "corpus_stats",
  {
    organizationId: organizationId(),
    corpus: corpus(),
    entries: integer("entries").notNull(),
    length: bigint("length", { mode: "number" }).notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("corpus_stats_by_corpus").on(t.organizationId, t.corpus),
    check("corpus_stats_corpus", sql`corpus > 0`),
    tenantPolicy(),
    searchPolicy(),
    systemPolicy(),
  ],
);
