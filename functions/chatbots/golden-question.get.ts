import { findGoldenQuestion } from "../../db/queries/chatbots/golden-question.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { GoldenQuestionReply, goldenQuestionParams } from "./golden-question.ts";

export const getGoldenQuestion = endpoint({
  name: "golden-question.get",
  method: "get",
  path: "/v1/golden-questions/{goldenQuestionId}",
  scope: "chatbots:read",
  summary: "A golden question",
  params: goldenQuestionParams,
  reply: replies(GoldenQuestionReply),
  example: async (fixtures) => ({ params: { goldenQuestionId: await fixtures.goldenQuestion() } }),
  async run(ctx, { params: { goldenQuestionId } }) {
    const question = await findGoldenQuestion(ctx, goldenQuestionId);
    if (!question) throw notFound("golden question");
    return question;
  },
});
