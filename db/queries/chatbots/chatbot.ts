import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import { mustExist, mustFit, type Statement, type Tenant } from "../../client.ts";
import { oneOf } from "../../columns.ts";
import { chatbotDocuments, chatbots, documents } from "../../schema/chatbots.ts";
import { TIER_LIMITS, UNPUBLISHED } from "../../words.ts";
import { type Revising, revising } from "./chatbot-revision.ts";

export type Chatbot = typeof chatbots.$inferSelect;
export type NewChatbot = typeof chatbots.$inferInsert & { id: string };

export async function insertChatbot(
  tenant: Tenant,
  chatbot: NewChatbot,
  said: Pick<Revising, "reason">,
  emits: Statement[],
): Promise<Chatbot> {
  const [, , [row]] = await tenant.batch([
    mustFit(tenant, chatbots, TIER_LIMITS.chatbots, "chatbots"),
    revising(tenant, chatbot.id, said),
    tenant.db.insert(chatbots).values(chatbot).returning(),
    ...emits,
  ]);
  return row!;
}

export async function findChatbot(tenant: Tenant, id: string): Promise<Chatbot | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select().from(chatbots).where(eq(chatbots.id, id))]);
  return row;
}

export async function listChatbots(tenant: Tenant, after: string | undefined, limit: number): Promise<Chatbot[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(chatbots)
      .where(after ? lt(chatbots.id, after) : undefined)
      .orderBy(desc(chatbots.id))
      .limit(limit + 1),
  ]);
  return found;
}

/** The id of the chatbot that is called so, as a subquery; one whose id it is goes before one whose slug it is. */
export function chatbotCalled(name: string): SQL<string> {
  const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name) ? name : null;
  return sql<string>`(select b.id from chatbots b where b.id = ${id}::uuid or b.slug = ${name} order by b.slug = ${name} limit 1)`;
}

/** Those who may change chatbots: keys with the scope, members with one of the roles. */
export type Makers = { scope: string; roles: readonly string[] };

/** Of a chatbot, whether it answers the transaction's caller. */
export const answersCaller = ({ scope, roles }: Makers): SQL<boolean> => sql<boolean>`(status = 'active'
  or ${oneOf("status", UNPUBLISHED)} and caller_may(${scope}, array(select jsonb_array_elements_text(${JSON.stringify(roles)}::jsonb))))`;

type AnsweringChatbot = Pick<Chatbot, "id" | "slug">;

/** Those that answer the caller, the newest first; of `named` the one that is called so. */
export async function listAnsweringChatbots(
  tenant: Tenant,
  { makers, named, limit }: { makers: Makers; named?: string; limit: number },
): Promise<AnsweringChatbot[]> {
  const { id, slug } = chatbots;
  const [found] = await tenant.batch([
    tenant.db
      .select({ id, slug })
      .from(chatbots)
      .where(and(answersCaller(makers), named === undefined ? undefined : eq(id, chatbotCalled(named))))
      .orderBy(desc(id))
      .limit(limit),
  ]);
  return found;
}

/** A change that changes something makes a revision. */
export async function updateChatbot(
  tenant: Tenant,
  id: string,
  change: Partial<NewChatbot>,
  said: Revising,
  emits: Statement[],
): Promise<Chatbot> {
  const [, , [row]] = await tenant.batch([
    mustExist(tenant, chatbots, id, "chatbot"),
    revising(tenant, id, said),
    tenant.db.update(chatbots).set(change).where(eq(chatbots.id, id)).returning(),
    ...emits,
  ]);
  return row!;
}

/** With its revisions, conversations and assignments; the documents stay. */
export const deleteChatbot = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    mustExist(tenant, chatbots, id, "chatbot"),
    tenant.db.delete(chatbots).where(eq(chatbots.id, id)),
    ...emits,
  ]);

export type Assignment = { documentId: string; title: string; assignedAt: string; assignedBy: string | null };

/** Assigned twice is assigned once; one document that does not exist violates its foreign key, and none is assigned. */
export const assignDocuments = (
  tenant: Tenant,
  chatbotId: string,
  documentIds: readonly string[],
  said: Pick<Revising, "reason">,
  emits: Statement[],
) =>
  tenant.batch([
    mustExist(tenant, chatbots, chatbotId, "chatbot"),
    revising(tenant, chatbotId, said),
    tenant.db.update(chatbots).set({ documentScope: "assigned" }).where(eq(chatbots.id, chatbotId)),
    tenant.db
      .insert(chatbotDocuments)
      .values(documentIds.map((documentId) => ({ chatbotId, documentId })))
      .onConflictDoNothing(),
    ...emits,
  ]);

/** The newest document first; undefined when there is no such chatbot. */
export async function listAssignments(
  tenant: Tenant,
  chatbotId: string,
  after: string | undefined,
  limit: number,
): Promise<Assignment[] | undefined> {
  const [exists, found] = await tenant.batch([
    tenant.db.select({ id: chatbots.id }).from(chatbots).where(eq(chatbots.id, chatbotId)),
    tenant.db
      .select({
        documentId: chatbotDocuments.documentId,
        title: documents.title,
        assignedAt: chatbotDocuments.assignedAt,
        assignedBy: chatbotDocuments.assignedBy,
      })
      .from(chatbotDocuments)
      .innerJoin(documents, eq(documents.id, chatbotDocuments.documentId))
      .where(and(eq(chatbotDocuments.chatbotId, chatbotId), after ? lt(chatbotDocuments.documentId, after) : undefined))
      .orderBy(desc(chatbotDocuments.documentId))
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}

export const unassignDocument = (tenant: Tenant, chatbotId: string, documentId: string, emits: Statement[]) =>
  tenant.batch([
    tenant.db.execute(sql`select must_exist((select true from chatbot_documents
      where chatbot_id = ${chatbotId} and document_id = ${documentId} for update), 'assignment')`),
    tenant.db
      .delete(chatbotDocuments)
      .where(and(eq(chatbotDocuments.chatbotId, chatbotId), eq(chatbotDocuments.documentId, documentId))),
    ...emits,
  ]);
