import * as z from "zod";
import { findChatbot, updateChatbot } from "../../db/queries/chatbots/chatbot.ts";
import { findRevisions } from "../../db/queries/chatbots/chatbot-revision.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { ChatbotReply, changing, SAY_WHY, saysWhy } from "./chatbot.ts";
import { revisionParams } from "./chatbot-revision.ts";

export const restoreChatbotRevision = endpoint({
  name: "chatbot-revision.restore",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/revisions/{number}/restore",
  scope: "chatbots:write",
  summary: "Give a chatbot an earlier configuration again",
  description:
    "As a new revision: what was between stays in the history, and can be restored too. Its `status` stays as it is, so nothing is published " +
    "by it and nobody is cut off; so does its `evalGate`, which holds here too. The documents that are assigned stay too, but not `documentScope`: where that was `all`, it answers from every " +
    "document again. Restoring what it is already changes nothing.",
  params: revisionParams,
  body: json(z.object(changing).refine(saysWhy, SAY_WHY)),
  reply: replies(ChatbotReply),
  example: async (fixtures) => ({
    params: { chatbotId: await fixtures.chatbot(), number: "1" },
    body: { reason: "It answered better." },
  }),
  replay: async (ctx, { params: { chatbotId } }, state) => (state === "done" ? findChatbot(ctx, chatbotId) : undefined),
  async run(ctx, { params: { chatbotId, number }, body: { reason, ifRevision, force } }) {
    const revision = (await findRevisions(ctx, chatbotId, [number])).get(number);
    if (!revision) throw notFound("revision");
    const { status: _, evalGate: __, ...configuration } = revision.configuration;
    if (configuration.llmModel) await ctx.ai.verify(configuration.llmModel, "answer", "llmModel");
    const emits = ctx.emit("chatbot.restored", chatbotId, { restoredFrom: number, changed: [] });
    return updateChatbot(ctx, chatbotId, configuration, { reason, ifRevision, force, restoredFrom: number }, emits);
  },
});
