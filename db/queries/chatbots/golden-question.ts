import { and, arrayContains, desc, eq, getTableColumns, inArray, lt, type SQL, sql } from "drizzle-orm";
import { mustExist, type Statement, type Tenant } from "../../client.ts";
import { chatbots } from "../../schema/chatbots.ts";
import { conversations, messageHistory } from "../../schema/conversations.ts";
import { goldenQuestions } from "../../schema/improvement.ts";

const { organizationId: _, askedHash: __, ...columns } = getTableColumns(goldenQuestions);
export type GoldenQuestion = Omit<typeof goldenQuestions.$inferSelect, "organizationId" | "askedHash">;
export type NewGoldenQuestion = Omit<typeof goldenQuestions.$inferInsert, "id"> & { id: string };
export type GoldenQuestionFilter = { status?: GoldenQuestion["status"]; tag?: string };

/** The same question after the same turns is there once: another one is a conflict. */
export async function insertGoldenQuestion(
  tenant: Tenant,
  question: NewGoldenQuestion,
  emits: Statement[],
): Promise<GoldenQuestion> {
  const [, [row]] = await tenant.batch([
    mustExist(tenant, chatbots, question.chatbotId, "chatbot"),
    tenant.db.insert(goldenQuestions).values(question).returning(columns),
    ...emits,
  ]);
  return row!;
}

/** Those that are there already are expected to be answered as is said now, and get the tags too; approved they are all. */
export async function importGoldenQuestions(
  tenant: Tenant,
  chatbotId: string,
  questions: readonly NewGoldenQuestion[],
  emits: Statement[],
): Promise<{ id: string; question: string; history: GoldenQuestion["history"] }[]> {
  const said = (column: string) => sql.raw(`excluded.${column}`);
  const [, found] = await tenant.batch([
    mustExist(tenant, chatbots, chatbotId, "chatbot"),
    tenant.db
      .insert(goldenQuestions)
      .values([...questions])
      .onConflictDoUpdate({
        target: [goldenQuestions.organizationId, goldenQuestions.chatbotId, goldenQuestions.askedHash],
        set: {
          answerable: said("answerable"),
          expectedAnswer: said("expected_answer"),
          expectedFacts: said("expected_facts"),
          expectedSources: said("expected_sources"),
          language: said("language"),
          status: said("status"),
          tags: sql`array(select distinct t from unnest(golden_questions.tags || excluded.tags) t order by t)`,
        },
      })
      .returning({ id: goldenQuestions.id, question: goldenQuestions.question, history: goldenQuestions.history }),
    ...emits,
  ]);
  return found;
}

export async function findGoldenQuestion(tenant: Tenant, id: string): Promise<GoldenQuestion | undefined> {
  const [[row]] = await tenant.batch([
    tenant.db.select(columns).from(goldenQuestions).where(eq(goldenQuestions.id, id)),
  ]);
  return row;
}

/** The newest first. Undefined when there is no such chatbot. */
export async function listGoldenQuestions(
  tenant: Tenant,
  chatbotId: string,
  { status, tag }: GoldenQuestionFilter,
  after: string | undefined,
  limit: number,
): Promise<GoldenQuestion[] | undefined> {
  const [exists, found] = await tenant.batch([
    tenant.db.select({ id: chatbots.id }).from(chatbots).where(eq(chatbots.id, chatbotId)),
    tenant.db
      .select(columns)
      .from(goldenQuestions)
      .where(
        and(
          eq(goldenQuestions.chatbotId, chatbotId),
          after ? lt(goldenQuestions.id, after) : undefined,
          status ? eq(goldenQuestions.status, status) : undefined,
          tag ? arrayContains(goldenQuestions.tags, sql`array[${tag}]::text[]`) : undefined,
        ),
      )
      .orderBy(desc(goldenQuestions.id))
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}

export async function updateGoldenQuestion(
  tenant: Tenant,
  id: string,
  change: Partial<NewGoldenQuestion>,
  emits: Statement[],
): Promise<GoldenQuestion> {
  const [, [row]] = await tenant.batch([
    mustExist(tenant, goldenQuestions, id, "golden question"),
    tenant.db.update(goldenQuestions).set(change).where(eq(goldenQuestions.id, id)).returning(columns),
    ...emits,
  ]);
  return row!;
}

/** With its results; the figures of the evals that asked it stay as they were. */
export const deleteGoldenQuestion = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    mustExist(tenant, goldenQuestions, id, "golden question"),
    tenant.db.delete(goldenQuestions).where(eq(goldenQuestions.id, id)),
    ...emits,
  ]);

export type SaidMessage = Pick<
  typeof messageHistory.$inferSelect,
  "id" | "role" | "content" | "citations" | "answered"
>;

/** An answer that a chatbot gave with what was said before it, the newest first; none where it gave no such one. */
export async function answerWithHistory(
  tenant: Tenant,
  chatbotId: string,
  messageId: string,
  limit: number,
): Promise<SaidMessage[]> {
  const answer = (
    column: SQL,
  ) => sql`(select ${column} from message_history a join conversations c on c.id = a.conversation_id
    where a.id = ${messageId} and a.role = 'assistant' and c.chatbot_id = ${chatbotId})`;
  const { id, role, content, citations, answered } = messageHistory;
  const [found] = await tenant.batch([
    tenant.db
      .select({ id, role, content, citations, answered })
      .from(messageHistory)
      .innerJoin(conversations, eq(conversations.id, messageHistory.conversationId))
      .where(
        and(
          sql`${messageHistory.organizationId} = (select current_organization())`,
          sql`${messageHistory.conversationId} = ${answer(sql`a.conversation_id`)}`,
          sql`${messageHistory.sequence} <= ${answer(sql`a.sequence`)}`,
          inArray(messageHistory.role, ["user", "assistant"]),
          inArray(messageHistory.status, ["completed", "interrupted"]),
        ),
      )
      .orderBy(desc(messageHistory.sequence))
      .limit(limit),
  ]);
  return found;
}
