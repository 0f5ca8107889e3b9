import { deleteCuratedAnswer } from "../../db/queries/chatbots/curated-answer.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { curatedAnswerParams } from "./curated-answer.ts";

export const removeCuratedAnswer = endpoint({
  name: "curated-answer.delete",
  method: "delete",
  path: "/v1/chatbots/{chatbotId}/curated-answers/{curatedAnswerId}",
  scope: "chatbots:write",
  summary: "Delete an answer that people wrote",
  description: "Where it was said before it stays said.",
  params: curatedAnswerParams,
  reply: nothing,
  example: async (fixtures) => ({ params: await fixtures.curatedAnswer() }),
  async run(ctx, { params: { chatbotId, curatedAnswerId } }) {
    const emits = ctx.emit("curated-answer.deleted", curatedAnswerId, { chatbotId });
    await deleteCuratedAnswer(ctx, chatbotId, curatedAnswerId, emits);
    return undefined;
  },
});
