import { sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";

export type ModelCall = {
  id: string;
  task: string;
  model: string;
  chatbotId?: string;
  conversationId?: string;
  messageId?: string;
  endUserId?: string;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  latencyMs: number;
  firstTokenMs?: number;
  attempts: number;
  error?: string;
  requestId: string;
};

/**
 * Each call is one row, however often it is told, at the price that holds now; a model without a price has no
 * cost, not 0; one under a cross-region name costs what it does at home unless another price is known. */
export function recordModelCalls(tenant: Tenant, calls: readonly ModelCall[]): Statement {
  return tenant.db.execute(sql`
    insert into ai_usage (id, task, model, chatbot_id, conversation_id, message_id, end_user_id, input_tokens, output_tokens,
      cache_read_tokens, cache_write_tokens, cost_micro_usd, latency_ms, first_token_ms, attempts, error, request_id)
    select c.id, c.task, c.model, c."chatbotId", c."conversationId", c."messageId", c."endUserId", c."inputTokens", c."outputTokens",
      c."cacheReadTokens", c."cacheWriteTokens",
      (select round((c."inputTokens" * m.input_micro_usd + c."outputTokens" * m.output_micro_usd
          + c."cacheReadTokens" * m.cache_read_micro_usd + c."cacheWriteTokens" * m.cache_write_micro_usd) / 1e6
          + case when c.error is null then m.call_micro_usd else 0 end)
        from ai_models m where m.model in (c.model, regexp_replace(c.model, '^(us|eu|apac|global)\\.', '')) and m.valid_from <= now()
        order by m.model = c.model desc, m.valid_from desc limit 1),
      c."latencyMs", c."firstTokenMs", c.attempts, c.error, c."requestId"
    from jsonb_to_recordset(${JSON.stringify(calls)}::jsonb) as c(id uuid, task text, model text, "chatbotId" uuid,
      "conversationId" uuid, "messageId" uuid, "endUserId" text, "inputTokens" bigint, "outputTokens" bigint,
      "cacheReadTokens" bigint, "cacheWriteTokens" bigint, "latencyMs" integer, "firstTokenMs" integer, attempts integer,
      error text, "requestId" text)
    on conflict (organization_id, id) do nothing`);
}
