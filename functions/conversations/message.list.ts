import * as z from "zod";
import { listMessages } from "../../db/queries/conversations/conversation.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { afterNumber, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { conversationParams, flag, MessageReply } from "./conversation.ts";

export const listConversationMessages = endpoint({
  name: "message.list",
  method: "get",
  path: "/v1/conversations/{conversationId}/messages",
  scope: "conversations:read",
  summary: "A conversation's messages, in order",
  params: conversationParams,
  query: z.object({
    ...pageQuery,
    superseded: flag.default(false).meta({ description: "Also messages in whose place others were said" }),
  }),
  reply: replies(pageOf(MessageReply)),
  example: async (fixtures) => ({ params: { conversationId: await fixtures.conversation() } }),
  async run(ctx, { params, query: { limit, cursor, superseded } }) {
    const rows = await listMessages(ctx, params.conversationId, { after: afterNumber(cursor), limit, superseded });
    if (!rows) throw notFound("conversation");
    return page(rows, limit, ({ sequence }) => String(sequence));
  },
});
