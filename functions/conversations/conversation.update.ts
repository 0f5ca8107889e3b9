import * as z from "zod";
import { updateConversation } from "../../db/queries/conversations/handling.ts";
import { endpoint, freeObject, json, replies, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { ConversationReply, conversationParams, satisfaction, tag, toReply } from "./conversation.ts";

export const changeOneConversation = endpoint({
  name: "conversation.update",
  method: "patch",
  path: "/v1/conversations/{conversationId}",
  scope: "conversations:write",
  summary: "Change what is noted of a conversation",
  description: "Only what is sent changes; `tags` and `metadata` as a whole.",
  params: conversationParams,
  body: json(
    z
      .object({
        title: text(255, 1).nullable(),
        tags: z
          .array(tag)
          .max(LIMITS.tagsMax)
          .transform((tags) => [...new Set(tags)]),
        metadata: freeObject,
        satisfactionScore: satisfaction.nullable(),
      })
      .partial()
      .refine((body) => Object.keys(body).length > 0, "name what changes"),
  ),
  reply: replies(ConversationReply),
  example: async (fixtures) => ({
    params: { conversationId: await fixtures.conversation() },
    body: { title: "Warranty", tags: ["warranty"] },
  }),
  async run(ctx, { params: { conversationId }, body }) {
    return toReply((await updateConversation(ctx, conversationId, body, ctx.requestId)).conversation);
  },
});
