import * as z from "zod";
import { listAssignments } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, id, instant, name, replies, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { chatbotParams } from "./chatbot.ts";

const AssignmentReply = z
  .object({ documentId: id("document"), title: name, assignedAt: instant, assignedBy: text(255).nullable() })
  .meta({ id: "DocumentAssignment" });

export const listChatbotDocuments = endpoint({
  name: "chatbot.documents",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/documents",
  scope: "chatbots:read",
  summary: "The documents assigned to a chatbot",
  description: "With `documentScope` `assigned` a chatbot answers from these alone, with `all` from every document.",
  params: chatbotParams,
  query: z.object(pageQuery),
  reply: replies(pageOf(AssignmentReply)),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() } }),
  async run(ctx, { params, query: { limit, cursor } }) {
    const rows = await listAssignments(ctx, params.chatbotId, afterCursor(cursor), limit);
    if (!rows) throw notFound("chatbot");
    return page(rows, limit, ({ documentId }) => documentId);
  },
});
