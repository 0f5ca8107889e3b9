import * as z from "zod";
import type { Conversation } from "../../db/queries/conversations/conversation.ts";
import { CHANNELS, CONTENT_TYPES, CONVERSATION_STATUSES, MESSAGE_ROLES, MESSAGE_STATUSES } from "../../db/words.ts";
import { CitationReply } from "../kernel/citation.ts";
import { count, freeObject, id, instant, integer, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

export const conversationParams = z.object({ conversationId: id("conversation") });

export const ConversationReply = z
  .object({
    id: id("conversation"),
    chatbotId: id("chatbot").nullable(),
    channel: z.enum(CHANNELS),
    status: z.enum(CONVERSATION_STATUSES),
    title: text(255).nullable(),
    endUserId: text(255).nullable(),
    context: freeObject,
    metadata: freeObject,
    messageCount: count,
    satisfactionScore: integer(1, 5).nullable(),
    lastActivityAt: instant,
    endedAt: instant.nullable().meta({ description: "Of one that nobody spoke in any more, when somebody last did" }),
    durationSeconds: count.meta({ description: "From its beginning to its last activity" }),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Conversation" });

/** Messages are numbered without a gap, so the last number is their count. */
export const toReply = ({ lastSequence, ...row }: Conversation) => ({
  ...row,
  messageCount: lastSequence,
  durationSeconds: Math.max(0, Math.round((Date.parse(row.lastActivityAt) - Date.parse(row.createdAt)) / 1_000)),
});

const tokens = count.optional();

export const MessageReply = z
  .object({
    id: id("message"),
    conversationId: id("conversation"),
    sequence: count,
    role: z.enum(MESSAGE_ROLES),
    status: z.enum(MESSAGE_STATUSES),
    content: text(100_000),
    contentType: z.enum(CONTENT_TYPES),
    citations: z.array(CitationReply).max(LIMITS.citationsMax),
    answered: z.boolean().nullable(),
    chatbotRevision: integer(1, 2 ** 31 - 1)
      .nullable()
      .meta({ description: "The revision of the chatbot that said it" }),
    model: text(200).nullable(),
    tokenUsage: z.object({
      inputTokens: tokens,
      outputTokens: tokens,
      cacheReadTokens: tokens,
      cacheWriteTokens: tokens,
    }),
    processingTimeMs: count.nullable(),
    error: z.object({ code: text(50), detail: text(2_000) }).nullable(),
    createdAt: instant,
    completedAt: instant.nullable(),
  })
  .meta({ id: "Message" });
