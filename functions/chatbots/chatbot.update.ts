import { updateChatbot } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ChatbotChange, ChatbotReply, chatbotParams, SAY_WHY, saysWhy } from "./chatbot.ts";

export const changeChatbot = endpoint({
  name: "chatbot.update",
  method: "patch",
  path: "/v1/chatbots/{chatbotId}",
  scope: "chatbots:write",
  summary: "Change a chatbot",
  description:
    "Only what is sent changes. A change makes a revision, with who made it and the `reason`; one that changes nothing makes none. With " +
    "`ifRevision` two people who change it at once lose nothing: the second gets 409, and reads again. What the chatbot's `evalGate` refuses is " +
    "a 409 that says what got worse, or which eval is missing.",
  params: chatbotParams,
  body: json(
    ChatbotChange.refine(
      ({ reason: _, ifRevision: __, force: ___, ...configuration }) => Object.keys(configuration).length > 0,
      "name what changes",
    ).refine(saysWhy, SAY_WHY),
  ),
  reply: replies(ChatbotReply),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() }, body: { retrievalK: 8 } }),
  async run(ctx, { params: { chatbotId }, body: { reason, ifRevision, force, ...configuration } }) {
    if (configuration.llmModel) await ctx.ai.verify(configuration.llmModel, "answer", "llmModel");
    const emits = ctx.emit("chatbot.updated", chatbotId, { changed: [] });
    return updateChatbot(ctx, chatbotId, configuration, { reason, ifRevision, force }, emits);
  },
});
