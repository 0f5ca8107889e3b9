import { and, desc, eq, getTableColumns, lt, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { chatbotRevisions, chatbots } from "../../schema/chatbots.ts";

/** What is said of a change of a chatbot's configuration. */
export type Revising = {
  reason?: string;
  /** The revision that its caller has seen; another one is a conflict. */
  ifRevision?: number;
  restoredFrom?: number;
  /** Passes the chatbot's gate; the database lets owners only. */
  force?: boolean;
};

/**
 * Goes before the change and behind what locks the chatbot: the batch aborts (EL409) when it is at another revision than was seen.
 * The trigger that keeps the new one takes the rest from here.
 */
export const revising = ({ db }: Tenant, chatbotId: string, { ifRevision, ...said }: Revising): Statement =>
  db.execute(sql`
    select set_config('app.revision', ${JSON.stringify(said)}, true),
      must_be_revision((select c.revision from chatbots c where c.id = ${chatbotId}), ${ifRevision ?? null}::integer)`);

const { organizationId: _, chatbotId: __, ...columns } = getTableColumns(chatbotRevisions);
const { configuration: ___, ...told } = columns;
export type ChatbotRevision = Pick<typeof chatbotRevisions.$inferSelect, keyof typeof columns>;

/** The newest first; `before` is the last number seen. Undefined when there is no such chatbot. */
export async function listRevisions(tenant: Tenant, chatbotId: string, before: number | undefined, limit: number) {
  const [exists, found] = await tenant.batch([
    tenant.db.select({ id: chatbots.id }).from(chatbots).where(eq(chatbots.id, chatbotId)),
    tenant.db
      .select(told)
      .from(chatbotRevisions)
      .where(
        and(
          eq(chatbotRevisions.chatbotId, chatbotId),
          before === undefined ? undefined : lt(chatbotRevisions.number, before),
        ),
      )
      .orderBy(desc(chatbotRevisions.number))
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}

/** Each of those that there are. */
export async function findRevisions(
  tenant: Tenant,
  chatbotId: string,
  numbers: readonly number[],
): Promise<Map<number, ChatbotRevision>> {
  const found = await tenant.batch(
    numbers.map((number) =>
      tenant.db
        .select(columns)
        .from(chatbotRevisions)
        .where(and(eq(chatbotRevisions.chatbotId, chatbotId), eq(chatbotRevisions.number, number))),
    ),
  );
  return new Map(found.flat().map((revision) => [revision.number, revision]));
}
