import { findUnansweredQuestion } from "../../db/queries/chatbots/unanswered-question.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { UnansweredQuestionReply, unansweredQuestionParams } from "./unanswered-question.ts";

export const getUnansweredQuestion = endpoint({
  name: "unanswered-question.get",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/unanswered-questions/{unansweredQuestionId}",
  scope: "conversations:read",
  summary: "A question that a chatbot could not answer, with its draft",
  params: unansweredQuestionParams,
  reply: replies(UnansweredQuestionReply),
  example: async (fixtures) => ({ params: await fixtures.unansweredQuestion() }),
  async run(ctx, { params: { chatbotId, unansweredQuestionId } }) {
    const found = await findUnansweredQuestion(ctx, chatbotId, unansweredQuestionId);
    if (!found) throw notFound("unanswered question");
    return found;
  },
});
