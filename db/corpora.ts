import { type SQL, sql } from "drizzle-orm";
import { conditionsOf, type Field, type FieldType, type Filter, type Filterable } from "./filter.ts";
import { AUDIENCES, DOCUMENT_ORIGINS, DOCUMENT_STATUSES, DOCUMENT_TYPES, PRODUCT_STATUSES } from "./words.ts";

/** For whom is searched. `public`: an end user whom a chatbot answers. `staff`: keys and members that may search. */
export type Viewer = { audience: (typeof AUDIENCES)[number]; endUserId?: string; agentId?: string };

type Declared = Filterable & {
  /** Stands in the derived tables and in the delete trigger's argument; never given to another corpus. */
  number: number;
  table: string;
  /**
   * The truth: entries as `(corpus, id, source_id, source_type, title, context, headings, content, page, language, version)`, under
   * the caller's policies. Title, context and content are what is indexed, embedded and compared with phrases; `headings` is what
   * of the context stands in the source. An entry without a language has it detected; `version` changes with the row, which is one of `table`.
   */
  read: SQL;
  /** The entries up to so far before and after the entry `r.id`, as `(id, content, "offset")`; absent: entries have no order. */
  neighbours?: (distance: number) => SQL;
  /** The table of the sources, and the id of one of them. */
  from: SQL;
  sourceId: SQL;
  /** The sources that a viewer may see; undefined: all of them. */
  visible: (viewer: Viewer) => SQL | undefined;
  /** The sources that are assigned to a chatbot; absent: none can be. */
  assigned?: (chatbotId: string) => SQL;
};

export type Corpus = Declared & {
  /**
   * The ids of the sources that the viewer may see and the filter leaves, as a subquery that yields a uuid[]; with
   * `assignedTo` only those that are assigned to that chatbot. Undefined when that is all of them.
   */
  sources: (filter: Filter | undefined, viewer: Viewer, assignedTo?: string) => SQL | undefined;
};

const corpus = (declared: Declared): Corpus => ({
  ...declared,
  sources(filter = {}, viewer, assignedTo) {
    const { from, sourceId, visible, assigned } = declared;
    const seen = visible(viewer);
    const conditions = [
      ...(seen ? [sql`(${seen})`] : []),
      ...(assignedTo ? [assigned?.(assignedTo) ?? sql`false`] : []),
      ...conditionsOf(filter, declared),
    ];
    if (conditions.length === 0) return undefined;
    return sql`(select coalesce(array_agg(${sourceId}), '{}') from ${from} where ${sql.join(conditions, sql` and `)})`;
  },
});

const id = (sql: SQL): Field => ({ type: "id", sql });
/** A product, with everything under it. */
const productTree = (id: SQL): Field => ({
  type: "id",
  sql: id,
  below: (ids) => sql`(with recursive tree (id) as (
        select * from ${ids} given union select p.id from tree t join products p on p.parent_id = t.id)
      select id from tree)`,
});
/** The documents that are assigned to a chatbot. */
const assignedTo = (id: SQL): Field => ({
  type: "id",
  sql: id,
  below: (ids) =>
    sql`(select a.document_id from ${ids} as given (id) join chatbot_documents a on a.chatbot_id = given.id)`,
});
const text = (sql: SQL): Field => ({ type: "text", sql });
const time = (sql: SQL): Field => ({ type: "time", sql });
const word = (words: readonly string[], sql: SQL): Field => ({ type: "word", words, sql });

/** Everything that is searched. What stands here has a delete trigger, is tried by the contract tests, and nothing else is found. */
export const CORPORA = {
  document_chunk: corpus({
    number: 1,
    table: "document_chunks",
    read: sql`select 'document_chunk' as corpus, c.id, c.document_id as source_id, 'document' as source_type, d.title,
        concat_ws(E'\\n', nullif(c.context, ''), nullif(c.prefix, '')) as context, c.context as headings, c.content, c.page,
        coalesce(c.language, d.language) as language, c.xmin::text as version
      from document_chunks c join documents d on d.organization_id = c.organization_id and d.id = c.document_id`,
    neighbours: (distance) => sql`select n.id, n.content, n.chunk_index - c.chunk_index as "offset"
      from document_chunks c join document_chunks n on n.organization_id = c.organization_id and n.document_id = c.document_id
      where c.id = r.id and n.id <> c.id and n.chunk_index between c.chunk_index - ${distance} and c.chunk_index + ${distance}`,
    from: sql`documents d left join products dp on dp.organization_id = d.organization_id and dp.id = d.product_id`,
    sourceId: sql`d.id`,
    fields: {
      documentId: id(sql`d.id`),
      productId: id(sql`d.product_id`),
      productTree: productTree(sql`d.product_id`),
      category: text(sql`dp.category`),
      chatbotId: assignedTo(sql`d.id`),
      conversationId: id(sql`d.conversation_id`),
      documentType: word(DOCUMENT_TYPES, sql`d.document_type`),
      origin: word(DOCUMENT_ORIGINS, sql`d.origin`),
      audience: word(AUDIENCES, sql`d.audience`),
      status: word(DOCUMENT_STATUSES, sql`d.status`),
      language: text(sql`d.language`),
      title: text(sql`d.title`),
      createdAt: time(sql`d.created_at`),
      updatedAt: time(sql`d.updated_at`),
    },
    metadata: [sql`d.metadata`, sql`d.extracted_metadata`],
    // Once completed it stays visible while it is processed again, and where that fails: an answer must not lose its source to
    // a maintenance job. Before that it is half a document.
    visible: ({ audience }) =>
      audience === "public"
        ? sql`d.version > 0 and d.audience = 'public'
          and (d.product_id is null or d.product_id in (select p.id from products p where p.status = 'active'))`
        : undefined,
    assigned: (chatbotId) =>
      sql`d.id = any (array(select a.document_id from chatbot_documents a where a.chatbot_id = ${chatbotId}::uuid))`,
  }),
  product: corpus({
    number: 2,
    table: "products",
    read: sql`select 'product' as corpus, p.id, p.id as source_id, 'product' as source_type, p.name as title,
        concat_ws(' · ', p.category, p.sku) as context, concat_ws(' · ', p.category, p.sku) as headings, concat_ws(E'\\n', p.name, nullif(p.description, '')) as content,
        null::integer as page, null::text as language, p.xmin::text as version
      from products p`,
    from: sql`products p`,
    sourceId: sql`p.id`,
    fields: {
      productId: id(sql`p.id`),
      productTree: productTree(sql`p.id`),
      parentId: id(sql`p.parent_id`),
      title: text(sql`p.name`),
      category: text(sql`p.category`),
      sku: text(sql`p.sku`),
      status: word(PRODUCT_STATUSES, sql`p.status`),
      createdAt: time(sql`p.created_at`),
      updatedAt: time(sql`p.updated_at`),
    },
    metadata: [sql`p.metadata`],
    visible: ({ audience }) => (audience === "public" ? sql`p.status = 'active'` : undefined),
  }),
} satisfies Record<string, Corpus>;

export type CorpusName = keyof typeof CORPORA;
export const CORPUS_NAMES = Object.keys(CORPORA) as [CorpusName, ...CorpusName[]];

/** What a filter may name: each field of some corpus, and which corpora have it. A word is one of any of them. */
export const FIELDS: Readonly<Record<string, { type: FieldType; words: readonly string[]; corpora: CorpusName[] }>> =
  CORPUS_NAMES.reduce<Record<string, { type: FieldType; words: string[]; corpora: CorpusName[] }>>((known, corpus) => {
    for (const [name, field] of Object.entries(CORPORA[corpus].fields)) {
      known[name] ??= { type: field.type, words: [], corpora: [] };
      known[name].corpora.push(corpus);
      if (field.type === "word") known[name].words = [...new Set([...known[name].words, ...field.words])];
    }
    return known;
  }, {});
