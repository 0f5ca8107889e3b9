import { and, desc, eq, getTableColumns, lt, type SQL, sql } from "drizzle-orm";
import { mustExist, mustFit, type Statement, type Tenant } from "../../client.ts";
import { newId } from "../../columns.ts";
import { chatbots } from "../../schema/chatbots.ts";
import { curatedAnswers, curatedWordings } from "../../schema/curation.ts";

const { organizationId: _, ...columns } = getTableColumns(curatedAnswers);
/** Its wordings in their order; none is left where they were a person's words and the person was erased. */
export type CuratedAnswer = Pick<typeof curatedAnswers.$inferSelect, keyof typeof columns> & { wordings: string[] };

export type NewCuratedAnswer = Omit<typeof curatedAnswers.$inferInsert, "organizationId"> & { id: string };
/** A way to ask, with the hashes by which it is found. */
export type Wording = { text: string; wordsHash: string; textHash: string; conversationId?: string | null };

const wordings = sql<
  string[]
>`array(select w.text from curated_wordings w where w.curated_answer_id = curated_answers.id order by w.position)`;
const told = { ...columns, wordings };

/** For a batch of somebody's; the last of them yields the row. */
export const insertingCuratedAnswer = (
  tenant: Tenant,
  answer: NewCuratedAnswer,
  asked: readonly Wording[],
  most: number,
) =>
  [
    mustExist(tenant, chatbots, answer.chatbotId, "chatbot"),
    mustFit(
      tenant,
      sql`curated_answers where chatbot_id = ${answer.chatbotId}`,
      { basic: most, pro: most, enterprise: most },
      "curated answers of a chatbot",
    ),
    tenant.db.insert(curatedAnswers).values(answer),
    writeWordings(tenant, answer.id, asked),
    selecting(tenant, answer.id),
  ] as const;

export async function insertCuratedAnswer(
  tenant: Tenant,
  answer: NewCuratedAnswer,
  asked: readonly Wording[],
  most: number,
  emits: Statement[],
): Promise<CuratedAnswer> {
  const results = await tenant.batch([...insertingCuratedAnswer(tenant, answer, asked, most), ...emits]);
  return results[4][0]!;
}

const writeWordings = ({ db }: Tenant, curatedAnswerId: string, asked: readonly Wording[]): Statement =>
  db
    .insert(curatedWordings)
    .values(asked.map((wording, position) => ({ id: newId(), curatedAnswerId, position, ...wording })));

const selecting = ({ db }: Tenant, id: string) => db.select(told).from(curatedAnswers).where(eq(curatedAnswers.id, id));

export async function findCuratedAnswer(
  tenant: Tenant,
  chatbotId: string,
  id: string,
): Promise<CuratedAnswer | undefined> {
  const [[row]] = await tenant.batch([
    tenant.db
      .select(told)
      .from(curatedAnswers)
      .where(and(eq(curatedAnswers.id, id), eq(curatedAnswers.chatbotId, chatbotId))),
  ]);
  return row;
}

/** The newest first; undefined when there is no such chatbot. */
export async function listCuratedAnswers(
  tenant: Tenant,
  chatbotId: string,
  status: CuratedAnswer["status"] | undefined,
  after: string | undefined,
  limit: number,
): Promise<CuratedAnswer[] | undefined> {
  const [exists, found] = await tenant.batch([
    tenant.db.select({ id: chatbots.id }).from(chatbots).where(eq(chatbots.id, chatbotId)),
    tenant.db
      .select(told)
      .from(curatedAnswers)
      .where(
        and(
          eq(curatedAnswers.chatbotId, chatbotId),
          status ? eq(curatedAnswers.status, status) : undefined,
          after ? lt(curatedAnswers.id, after) : undefined,
        ),
      )
      .orderBy(desc(curatedAnswers.id))
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}

/** Wordings, where they are told, take the place of those before. The batch aborts (EL404) when the chatbot has no such answer. */
export async function updateCuratedAnswer(
  tenant: Tenant,
  { chatbotId, id }: { chatbotId: string; id: string },
  change: Partial<NewCuratedAnswer>,
  asked: readonly Wording[] | undefined,
  emits: Statement[],
): Promise<CuratedAnswer> {
  const statements = [
    ofChatbot(tenant, chatbotId, id),
    tenant.db
      .update(curatedAnswers)
      .set({ ...change, updatedBy: sql`current_caller_id()` })
      .where(eq(curatedAnswers.id, id)),
    ...(asked
      ? [
          tenant.db.delete(curatedWordings).where(eq(curatedWordings.curatedAnswerId, id)),
          writeWordings(tenant, id, asked),
        ]
      : []),
    ...emits,
  ];
  const results = await tenant.batch([...statements, selecting(tenant, id)]);
  return (results.at(-1) as unknown as CuratedAnswer[])[0]!;
}

const ofChatbot = ({ db }: Tenant, chatbotId: string, id: string): Statement =>
  db.execute(
    sql`select must_exist((select true from curated_answers where id = ${id} and chatbot_id = ${chatbotId} for update), 'curated answer')`,
  );

export const deleteCuratedAnswer = (tenant: Tenant, chatbotId: string, id: string, emits: Statement[]) =>
  tenant.batch([
    ofChatbot(tenant, chatbotId, id),
    tenant.db.delete(curatedAnswers).where(eq(curatedAnswers.id, id)),
    ...emits,
  ]);

/** A question as a search embeds it. */
export type AskedOf = { textHash: string | null; vector: { model: string; embedding: readonly number[] } | null };

export type Candidate = Pick<CuratedAnswer, "id" | "answer" | "language" | "sources" | "wordings"> & {
  /** The wording that is nearest. */
  wording: string;
  /** Whether it has the same words. */
  same: boolean;
  similarity: number | null;
};

/**
 * The published answers of a chatbot that are valid now and have a wording with the same words, or one at least so near in meaning: those
 * with the same words first, then the nearest. What is not embedded has no meaning yet.
 */
export const curatedCandidates = (
  { db }: Tenant,
  chatbotId: string,
  { wordsHash, textHash, vector }: AskedOf & { wordsHash: string },
  similarityMin: number,
  limit: number,
): Statement =>
  db.execute<Candidate>(sql`
    with asked as materialized (
      select o.embedding_model as model, ${embedded({ textHash, vector })} as embedding from organizations o),
    near as (
      select w.curated_answer_id, w.text, w.words_hash = ${wordsHash}::bytea as same, 1 - (v.embedding <=> q.embedding) as similarity
      from curated_answers a join curated_wordings w on w.curated_answer_id = a.id cross join asked q
        left join curated_vectors v on v.wording_id = w.id and v.model = q.model
      where a.chatbot_id = ${chatbotId} and a.status = 'published' and coalesce(a.valid_from <= now(), true) and coalesce(a.valid_until > now(), true)),
    best as (
      select distinct on (curated_answer_id) * from near where same or similarity >= ${similarityMin}
      order by curated_answer_id, same desc, similarity desc nulls last)
    select a.id, a.answer, a.language, a.sources, array(select w.text from curated_wordings w where w.curated_answer_id = a.id order by w.position) as wordings,
      b.text as wording, b.same, b.similarity
    from best b join curated_answers a on a.id = b.curated_answer_id
    order by b.same desc, b.similarity desc nulls last, a.id desc limit ${limit}`);

/** Of the organization `o`. */
export const embedded = ({ textHash, vector }: AskedOf): SQL => sql`case
  when o.embedding_model = ${vector?.model ?? null}::text then ${vector ? JSON.stringify(vector.embedding) : null}::halfvec
  else (select c.embedding from embedding_cache c where c.model = o.embedding_model and c.text_hash = ${textHash}::bytea) end`;

/** What the statement of `curatedCandidates` found. */
export const candidatesOf = (result: unknown): Candidate[] => (result as { rows: Candidate[] }).rows;

export type WaitingWording = { text: string; textHash: string; model: string };

/**
 * Of a curated answer, or with any other subject of all: gives wordings their embeddings that are in the cache, forgets those of models that the organization has no more, and yields some
 * that no model has embedded yet, all of one model.
 */
export async function wordingsToEmbed(tenant: Tenant, subjectId: string, limit: number): Promise<WaitingWording[]> {
  const waiting = waitingOf(subjectId);
  const [, , { rows }] = await tenant.batch([
    tenant.db.execute(sql`
      delete from curated_vectors v using organizations o where v.model <> o.embedding_model and v.model is distinct from o.other_embedding_model`),
    tenant.db.execute(sql`
      insert into curated_vectors (wording_id, model, embedding)
      select w.id, w.model, c.embedding from ${waiting} join embedding_cache c on c.model = w.model and c.text_hash = w.text_hash
      on conflict do nothing`),
    tenant.db.execute<WaitingWording>(sql`
      select w.text, w.text_hash::text as "textHash", w.model from ${waiting} order by w.model, w.id limit ${limit}`),
  ]);
  return rows.filter(({ model }) => model === rows[0]!.model);
}

/** Wordings without an embedding, once for each model. */
const waitingOf = (subjectId: string): SQL => sql`(
  select w.id, w.text, w.text_hash, m.model
  from organizations o cross join unnest(array_remove(array[o.embedding_model, o.other_embedding_model], null)) m(model) cross join curated_wordings w
  where not exists (select from curated_vectors v where v.wording_id = w.id and v.model = m.model)
    and (w.curated_answer_id = ${subjectId} or not exists (select from curated_answers a where a.id = ${subjectId}))) w`;

export type ChunkText = { documentId: string; chunkId: string; title: string; page: number | null; content: string };

/** Passages of documents, each that there is. */
export async function findPassages(tenant: Tenant, chunkIds: readonly string[]): Promise<Map<string, ChunkText>> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<ChunkText>(sql`
      select c.document_id as "documentId", c.id as "chunkId", d.title, c.page, c.content
      from document_chunks c join documents d on d.id = c.document_id
      where c.id in (select jsonb_array_elements_text(${JSON.stringify(chunkIds)}::jsonb)::uuid)`),
  ]);
  return new Map(rows.map((row) => [row.chunkId, row]));
}
