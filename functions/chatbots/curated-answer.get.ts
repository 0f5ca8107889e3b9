import { findCuratedAnswer } from "../../db/queries/chatbots/curated-answer.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { CuratedAnswerReply, curatedAnswerParams, toReply } from "./curated-answer.ts";

export const getCuratedAnswer = endpoint({
  name: "curated-answer.get",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/curated-answers/{curatedAnswerId}",
  scope: "chatbots:read",
  summary: "An answer that people wrote",
  params: curatedAnswerParams,
  reply: replies(CuratedAnswerReply),
  example: async (fixtures) => ({ params: await fixtures.curatedAnswer() }),
  async run(ctx, { params: { chatbotId, curatedAnswerId } }) {
    const found = await findCuratedAnswer(ctx, chatbotId, curatedAnswerId);
    if (!found) throw notFound("curated answer");
    return toReply(found);
  },
});
