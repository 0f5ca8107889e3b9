import { v7 } from "uuid";
import { asTenant, superuser, type TestOrganization } from "../harness.ts";

export type Call = {
  at: string | Date;
  /** When its id was made, if not then. */
  idAt?: string | Date;
  task?: string;
  model?: string;
  chatbotId?: string;
  endUserId?: string;
  inputTokens?: number;
  outputTokens?: number;
  costMicroUsd?: number | null;
  latencyMs?: number;
  firstTokenMs?: number;
  attempts?: number;
  error?: string;
  qualityScore?: number;
};

export async function called(org: TestOrganization, ...calls: Call[]): Promise<void> {
  const rows = calls.map(({ at, idAt = at, ...call }) => ({
    id: v7({ msecs: new Date(idAt).getTime() }),
    at: new Date(at).toISOString(),
    ...{ task: "answer", model: "a.b", inputTokens: 0, outputTokens: 0, latencyMs: 0, costMicroUsd: 0, attempts: 1 },
    ...call,
  }));
  await asTenant(
    org.id,
    `insert into ai_usage (id, task, model, chatbot_id, end_user_id, input_tokens, output_tokens, cost_micro_usd, latency_ms, first_token_ms, attempts, error,
       quality_score, created_at)
     select c.id, c.task, c.model, c."chatbotId", c."endUserId", c."inputTokens", c."outputTokens", c."costMicroUsd", c."latencyMs", c."firstTokenMs", c.attempts,
       c.error, c."qualityScore", c.at
     from jsonb_to_recordset($1::jsonb) as c(id uuid, at timestamptz, task text, model text, "chatbotId" uuid, "endUserId" text, "inputTokens" bigint,
       "outputTokens" bigint, "costMicroUsd" bigint, "latencyMs" integer, "firstTokenMs" integer, attempts integer, error text, "qualityScore" real)`,
    [JSON.stringify(rows)],
  );
}

/** Rows of other months than those about now need a partition; named as `maintain_partitions` does. */
export async function makeMonth(year: number, month: number): Promise<void> {
  const name = `ai_usage_${year}_${String(month).padStart(2, "0")}`;
  const [{ statement }] = (await superuser`
    select format('create table if not exists %I partition of ai_usage for values from (%L) to (%L)', ${name}::text,
      uuid_at(make_timestamptz(${year}, ${month}, 1, 0, 0, 0, 'UTC')),
      uuid_at(make_timestamptz(${year}, ${month}, 1, 0, 0, 0, 'UTC') + interval '1 month')) as statement`) as [
    { statement: string },
  ];
  await superuser.query(statement);
}

export const inZone = (org: TestOrganization, timeZone: string) => org.call("PATCH", "/v1/organization", { timeZone });
