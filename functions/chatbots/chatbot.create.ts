import { findChatbot, insertChatbot } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ChatbotReply, NewChatbotFields } from "./chatbot.ts";

export const createChatbot = endpoint({
  name: "chatbot.create",
  method: "post",
  path: "/v1/chatbots",
  scope: "chatbots:write",
  summary: "Make a chatbot",
  description:
    "Only a name is needed. It answers from all documents until you assign some to it. It is a draft, which answers those who may change it, " +
    "until its `status` is `active`.",
  body: json(NewChatbotFields),
  reply: replies(ChatbotReply, 201),
  example: async () => ({ body: { name: `Support ${crypto.randomUUID()}` } }),
  replay: (ctx, { resultId }) => findChatbot(ctx, resultId),
  async run(ctx, { body: { reason, ...configuration }, resultId }) {
    const { name, llmModel } = configuration;
    if (llmModel) await ctx.ai.verify(llmModel, "answer", "llmModel");
    const chatbot = { id: resultId, slug: slugOf(name, resultId), ...configuration };
    return insertChatbot(ctx, chatbot, { reason }, ctx.emit("chatbot.created", resultId));
  },
});

/** Of a name in Latin letters the name; any other gets one from the id. */
function slugOf(name: string, id: string): string {
  const slug = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return (slug || `chatbot-${id.slice(-12)}`).slice(0, 100);
}
