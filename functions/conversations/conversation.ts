import * as z from "zod";
import type { Conversation } from "../../db/queries/conversations/conversation.ts";
import {
  CHANNELS,
  CONTENT_TYPES,
  CONVERSATION_STATUSES,
  HANDLERS,
  MESSAGE_ROLES,
  MESSAGE_STATUSES,
  THUMBS,
} from "../../db/words.ts";
import { CitationReply } from "../kernel/citation.ts";
import { count, endUserName, freeObject, id, instant, integer, name, text, words } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";

export const conversationParams = z.object({ conversationId: id("conversation") });

export const tag = words(100);
export const satisfaction = integer(1, 5).meta({ description: "How content the end user was" });

/** A person of the organization, who is no member of it where a help desk of its own does the talking. */
export const by = words(LIMITS.nameCharsMax)
  .optional()
  .meta({ description: "The person who does it, as you name them; by default the member or key that calls" });

export const force = z.boolean().default(false).meta({ description: "Also where somebody else holds it" });

export const heldByAnother = ({ heldBy }: Conversation) =>
  new ApiError("CONFLICT", `${heldBy} has taken this conversation over.`, { extra: { heldBy } });
export const overForGood = () => new ApiError("CONFLICT", "This conversation is over for good.");

/** Whose conversation it must be. */
export const ofEndUser = endUserName
  .optional()
  .meta({ description: "Whose conversation it is; another's does not exist" });
export const flag = z.enum(["true", "false"]).transform((word) => word === "true");

/** Which conversations. */
export const conversationFilter = {
  chatbotId: id("chatbot").optional(),
  endUserId: text(255, 1).optional(),
  status: z.enum(CONVERSATION_STATUSES).optional(),
  tag: tag.optional(),
  escalated: flag.optional().meta({ description: "Whether the end user waits for a person" }),
  held: flag.optional().meta({ description: "Whether a person holds it" }),
  thumbs: z.enum(THUMBS).optional().meta({ description: "With a message that somebody judged so" }),
  from: instant.optional().meta({ description: "Begun then or later" }),
  to: instant.optional().meta({ description: "Begun before" }),
};

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
    tags: z.array(tag).max(LIMITS.tagsMax),
    handledBy: z.enum(HANDLERS).meta({ description: "Who answers: a person while one holds the conversation" }),
    heldBy: text(255).nullable().meta({ description: "The person who holds it" }),
    heldAt: instant.nullable(),
    escalatedAt: instant
      .nullable()
      .meta({ description: "When the end user asked for a person, of whom none has come yet" }),
    client: z
      .object({ ipAddress: text(50).nullable(), userAgent: text(500).nullable(), toldAt: instant })
      .nullable()
      .meta({
        description: "Where the end user's words come from, as the caller said last; forgotten after `clientDays`",
      }),
    branchedFrom: z
      .object({ conversationId: id("conversation"), messageId: id("message") })
      .nullable()
      .meta({ description: "Where its beginning was said; that may be gone by now" }),
    messageCount: count,
    satisfactionScore: integer(1, 5).nullable(),
    lastActivityAt: instant,
    endedAt: instant.nullable().meta({ description: "Of one that nobody spoke in any more, when somebody last did" }),
    durationSeconds: count.meta({ description: "From its beginning to its last activity" }),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Conversation" });

/** Messages are numbered without a gap, so the last number is their count, superseded ones too. */
export const toReply = ({
  lastSequence,
  ipAddress,
  userAgent,
  clientToldAt: toldAt,
  branchedFromConversation,
  branchedFromMessage: messageId,
  ...row
}: Conversation) => ({
  ...row,
  messageCount: lastSequence,
  handledBy: row.heldBy === null ? ("bot" as const) : ("human" as const),
  client: toldAt === null ? null : { ipAddress, userAgent, toldAt },
  branchedFrom: messageId === null ? null : { conversationId: branchedFromConversation!, messageId },
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
    contentType: z.enum(CONTENT_TYPES).meta({
      description:
        "`json` is well-formed JSON; `html` is as its author wrote it, and nobody has made it safe: show it as text",
    }),
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
    author: text(255).nullable().meta({ description: "Of `staff`: who said it" }),
    context: freeObject.meta({ description: "Of a question: where it was asked" }),
    attachments: z
      .array(z.object({ id: id("attachment"), name, type: text(200), size: count }))
      .max(LIMITS.attachmentsMax)
      .meta({ description: "Of a question: the files that came with it" }),
    questionId: id("question that it answers").nullable(),
    replaces: id("message in whose place it was said").nullable(),
    supersededAt: instant
      .nullable()
      .meta({ description: "Set once another was said in its place, or in that of one before it" }),
    copiedFrom: id("message that a branch copied").nullable(),
    createdAt: instant,
    completedAt: instant.nullable(),
  })
  .meta({ id: "Message" });
