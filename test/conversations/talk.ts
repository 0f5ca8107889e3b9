import { v7 } from "uuid";
import { asTenant, type TestOrganization } from "../harness.ts";

const DAY_MS = 86_400_000;

/** A conversation of that many turns that was last active so many days ago; each message says its number. */
export async function talked(
  org: TestOrganization,
  { chatbotId, daysAgo, turns = 2, endUser }: { chatbotId: string; daysAgo: number; turns?: number; endUser?: string },
): Promise<string> {
  const at = Date.now() - daysAgo * DAY_MS;
  const id = v7({ msecs: at - 90_000 });
  await asTenant(
    org.id,
    `insert into conversations (id, chatbot_id, channel, end_user_id, last_sequence, created_at, last_activity_at)
     values ($1, $2, 'api', $3, $4, $5::timestamptz - interval '90 seconds', $5)`,
    [id, chatbotId, endUser ?? null, 2 * turns, new Date(at).toISOString()],
  );
  const messages = Array.from({ length: 2 * turns }, (_, n) => ({ id: v7({ msecs: at - 90_000 + n }), n: n + 1 }));
  await asTenant(
    org.id,
    `insert into messages (id, conversation_id, sequence, role, content, created_at, completed_at)
     select m.id, $1, m.n, case when m.n % 2 = 1 then 'user' else 'assistant' end, 'Word ' || m.n, $3, $3
     from jsonb_to_recordset($2::jsonb) as m(id uuid, n integer)`,
    [id, JSON.stringify(messages), new Date(at).toISOString()],
  );
  return id;
}

export const newChatbot = async (org: TestOrganization) =>
  (await org.call("POST", "/v1/chatbots", { name: `Support ${crypto.randomUUID()}` })).body.id as string;

type Message = { id: string; sequence: number; content: string; status: string };
export const messagesOf = async (org: TestOrganization, conversationId: string) =>
  (await org.call<{ items: Message[] }>("GET", `/v1/conversations/${conversationId}/messages?limit=100`)).body.items;

/** What a cron does, until nothing is left to do. */
export async function maintained(call: string): Promise<number> {
  for (let done = 0; ; ) {
    const [{ count }] = (await asTenant(null, `select ${call} as count`)) as [{ count: number }];
    if (count === 0) return done;
    done += count;
  }
}

export const stored = async (org: TestOrganization, table: string, conversationId: string) =>
  (
    await asTenant<{ sequence: string }>(
      org.id,
      `select sequence from ${table} where conversation_id = $1 order by sequence`,
      [conversationId],
    )
  ).map(({ sequence }) => Number(sequence));
