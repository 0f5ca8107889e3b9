import { type SQL, sql } from "drizzle-orm";

/** What a search may be narrowed to. Every field that is given must hold; a corpus without the field has no match. */
export type SearchFilter = {
  documentIds?: string[];
  productIds?: string[];
  documentTypes?: string[];
  languages?: string[];
  /** The documents assigned to this chatbot. */
  assignedTo?: string;
};

export type Corpus = {
  /** Stands in the derived tables and in the delete trigger's argument; never given to another corpus. */
  number: number;
  table: string;
  /** Rows of the hits `h` as `(corpus, id, content, context, title, page, source_type)`; the caller's policies apply. */
  read: SQL;
  /** The ids of the sources that the filter leaves, as a subquery that yields a uuid[]. */
  sources: (filter: SearchFilter) => SQL;
};

const among = (column: SQL, values: string[] | undefined) =>
  values ? sql`and ${column} in (select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))` : sql``;

/** Everything that is searched. What stands here has a delete trigger, is tried by the contract tests, and nothing else is found. */
export const CORPORA = {
  document_chunk: {
    number: 1,
    table: "document_chunks",
    read: sql`select 'document_chunk' as corpus, c.id, c.content, c.context, d.title, c.page, 'document' as source_type
      from document_chunks c join documents d on d.organization_id = c.organization_id and d.id = c.document_id`,
    sources: ({ documentIds, productIds, documentTypes, languages, assignedTo }) => sql`
      (select coalesce(array_agg(d.id), '{}') from documents d where true
        ${among(sql`d.id::text`, documentIds)} ${among(sql`d.product_id::text`, productIds)}
        ${among(sql`d.document_type`, documentTypes)} ${among(sql`d.language`, languages)}
        ${assignedTo ? sql`and d.id in (select a.document_id from chatbot_documents a where a.chatbot_id = ${assignedTo})` : sql``})`,
  },
  product: {
    number: 2,
    table: "products",
    read: sql`select 'product' as corpus, p.id, p.name || coalesce(E'\\n' || p.description, '') as content, p.category as context,
      p.name as title, null::integer as page, 'product' as source_type from products p`,
    sources: ({ documentIds, productIds, documentTypes, languages }) => sql`
      (select coalesce(array_agg(p.id), '{}') from products p where ${sql.raw(String(!documentIds && !documentTypes && !languages))}
        ${among(sql`p.id::text`, productIds)})`,
  },
} satisfies Record<string, Corpus>;

export type CorpusName = keyof typeof CORPORA;
export const CORPUS_NAMES = Object.keys(CORPORA) as [CorpusName, ...CorpusName[]];
