import { findRevisions } from "../../db/queries/chatbots/chatbot-revision.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { Configuration } from "./chatbot.ts";
import { RevisionReply, revisionParams } from "./chatbot-revision.ts";

export const getChatbotRevision = endpoint({
  name: "chatbot-revision.get",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/revisions/{number}",
  scope: "chatbots:read",
  summary: "A revision of a chatbot, with its configuration",
  params: revisionParams,
  reply: replies(
    RevisionReply.extend({ configuration: Configuration }).meta({ id: "ChatbotRevisionWithConfiguration" }),
  ),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot(), number: "1" } }),
  async run(ctx, { params: { chatbotId, number } }) {
    const revision = (await findRevisions(ctx, chatbotId, [number])).get(number);
    if (!revision) throw notFound("revision");
    return revision;
  },
});
