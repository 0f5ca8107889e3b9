import { eq, getTableColumns, sql } from "drizzle-orm";
import { mustExist, pgArray, type Statement, type Tenant } from "../../client.ts";
import { chatbots, documentChunks, documents } from "../../schema/chatbots.ts";
import { goldenQuestions, questionProposals } from "../../schema/improvement.ts";
import type { NewGoldenQuestion } from "./golden-question.ts";

const { organizationId: _, chunkIds: __, ...told } = getTableColumns(questionProposals);
const columns = { ...told, chunks: sql<number>`cardinality(${questionProposals.chunkIds})` };
export type QuestionProposal = Omit<typeof questionProposals.$inferSelect, "organizationId" | "chunkIds"> & {
  chunks: number;
};

type NewProposal = {
  id: string;
  chatbotId: string;
  wanted: number;
  chunksMax: number;
  documentIds?: readonly string[];
};

/**
 * Chooses chunks of what the chatbot answers everybody from, or of those documents, spread evenly by their ids. The batch aborts when
 * there is no such chatbot (EL404).
 */
export async function insertProposal(
  tenant: Tenant,
  proposal: NewProposal,
  emits: Statement[],
): Promise<QuestionProposal> {
  const { id, chatbotId, wanted, chunksMax, documentIds } = proposal;
  const among = documentIds
    ? sql`d.id = any (${pgArray(documentIds, "uuid")}::uuid[])`
    : sql`(b.document_scope = 'all' or exists (select from chatbot_documents a where a.chatbot_id = b.id and a.document_id = d.id))`;
  const [, , [row]] = await tenant.batch([
    mustExist(tenant, chatbots, chatbotId, "chatbot"),
    tenant.db.execute(sql`
      insert into question_proposals (id, chatbot_id, wanted, chunk_ids)
      select ${id}, ${chatbotId}, ${wanted}, coalesce((
        select array_agg(c.id order by md5(c.id::text)) from (
          select k.id from chatbots b join documents d on ${among} join document_chunks k on k.document_id = d.id
          where b.id = ${chatbotId} and d.status = 'completed' and d.audience = 'public'
          order by md5(k.id::text) limit ${chunksMax}) c), '{}')`),
    tenant.db.select(columns).from(questionProposals).where(eq(questionProposals.id, id)),
    ...emits,
  ]);
  return row!;
}

export async function findProposal(tenant: Tenant, id: string): Promise<QuestionProposal | undefined> {
  const [[row]] = await tenant.batch([
    tenant.db.select(columns).from(questionProposals).where(eq(questionProposals.id, id)),
  ]);
  return row;
}

export type ProposalChunk = { id: string; documentId: string; title: string; content: string; language: string | null };

/** A proposal that is being written, with the chunks that come next; those that are gone meanwhile are passed over. */
export async function nextOfProposal(tenant: Tenant, id: string, limit: number) {
  const next = sql`(select p.chunk_ids[p.read + 1 : p.read + ${limit}::integer] from question_proposals p where p.id = ${id})`;
  const [[proposal], chunks] = await tenant.batch([
    tenant.db.select(columns).from(questionProposals).where(eq(questionProposals.id, id)),
    tenant.db
      .select({
        id: documentChunks.id,
        documentId: documentChunks.documentId,
        title: documents.title,
        content: documentChunks.content,
        language: documentChunks.language,
      })
      .from(documentChunks)
      .innerJoin(documents, eq(documents.id, documentChunks.documentId))
      .where(sql`${documentChunks.id} = any (${next}::uuid[])`),
  ]);
  return proposal && { proposal, chunks: chunks as ProposalChunk[] };
}

/**
 * Stores what was proposed of the next chunks, but for questions that are there already, with how far it has come: of two workers one
 * does, the batch of the other aborts (EL404).
 */
export const saveProposed = (
  tenant: Tenant,
  { id, read }: Pick<QuestionProposal, "id" | "read">,
  { chunks, dropped }: { chunks: number; dropped: number },
  questions: readonly NewGoldenQuestion[],
) => {
  const { db } = tenant;
  const ids = pgArray(
    questions.map((question) => question.id),
    "uuid",
  );
  const stored =
    questions.length === 0
      ? []
      : [
          db
            .insert(goldenQuestions)
            .values([...questions])
            .onConflictDoNothing(),
        ];
  return tenant.batch([
    db.execute(sql`
      select must_exist((select true from question_proposals where id = ${id} and status = 'writing' and read = ${read} for update), 'proposal')`),
    ...stored,
    db.execute(sql`
      update question_proposals set read = least(read + ${chunks}, cardinality(chunk_ids)), dropped = dropped + ${dropped}, proposed = proposed + (
        select count(*) from golden_questions g where g.id = any (${ids}::uuid[]))
      where id = ${id}`),
  ]);
};

export const completeProposal = ({ db }: Tenant, id: string): Statement =>
  db.execute(
    sql`update question_proposals set status = 'completed', completed_at = now() where id = ${id} and status = 'writing'`,
  );

export const failProposal = ({ db }: Tenant, id: string, reason: string): Statement =>
  db.execute(sql`
    update question_proposals set status = 'failed', failure_reason = ${reason}, completed_at = now() where id = ${id} and status = 'writing'`);
