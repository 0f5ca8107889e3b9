import * as z from "zod";
import { listModelCalls } from "../../db/queries/usage/model-call.ts";
import { CALL_OUTCOMES, CALLER_KINDS, TASKS } from "../../db/words.ts";
import { count, endpoint, id, instant, replies, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { amount, averageQuality } from "./usage.ts";

const endUserId = text(LIMITS.nameCharsMax, 1);
const milliseconds = count;

const ModelCallReply = z
  .object({
    id: id("model call"),
    task: text(100),
    model: text(200),
    chatbotId: id("chatbot").nullable(),
    agentId: id("agent").nullable(),
    endUserId: endUserId.nullable(),
    conversationId: id("conversation").nullable(),
    messageId: id("message").nullable(),
    inputTokens: amount.meta({ description: "Without those that were read from or written to a cache" }),
    outputTokens: amount,
    cacheReadTokens: amount,
    cacheWriteTokens: amount,
    costMicroUsd: amount.nullable().meta({ description: "Null where no price of the model was known" }),
    latencyMs: milliseconds,
    firstTokenMs: milliseconds.nullable(),
    attempts: count,
    outcome: z.enum(CALL_OUTCOMES),
    error: text(1_000).nullable(),
    qualityScore: averageQuality,
    requestContext: z
      .object({
        operation: text(100),
        callerKind: z.enum(CALLER_KINDS).optional(),
        callerId: text(255).optional(),
      })
      .nullable()
      .meta({ description: "The endpoint or job that called, and who asked for it" }),
    requestId: text(255).nullable(),
    createdAt: instant,
  })
  .meta({ id: "ModelCall" });

export const listCalls = endpoint({
  name: "model-call.list",
  method: "get",
  path: "/v1/model-calls",
  scope: "usage:read",
  summary: "Each call of a model: what for, how it ended, what it cost",
  description: "The newest first, failed ones too.",
  query: z.object({
    ...pageQuery,
    task: z.enum(TASKS).optional(),
    model: text(200, 1).optional(),
    outcome: z.enum(CALL_OUTCOMES).optional(),
    chatbotId: id("chatbot").optional(),
    agentId: id("agent").optional(),
    endUserId: endUserId.optional(),
    conversationId: id("conversation").optional(),
    messageId: id("message").optional(),
    requestId: id("request").optional(),
  }),
  reply: replies(pageOf(ModelCallReply)),
  example: async () => ({ query: { task: "answer" } }),
  async run(ctx, { query: { limit, cursor, ...filter } }) {
    const rows = await listModelCalls(ctx, filter, afterCursor(cursor), limit);
    return page(rows, limit, (call) => call.id);
  },
});
