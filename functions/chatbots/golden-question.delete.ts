import { deleteGoldenQuestion } from "../../db/queries/chatbots/golden-question.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { goldenQuestionParams } from "./golden-question.ts";

export const removeGoldenQuestion = endpoint({
  name: "golden-question.delete",
  method: "delete",
  path: "/v1/golden-questions/{goldenQuestionId}",
  scope: "chatbots:write",
  summary: "Delete or reject a golden question",
  description: "Its results in evals go with it; the summaries of evals that are over stay as they were.",
  params: goldenQuestionParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { goldenQuestionId: await fixtures.goldenQuestion() } }),
  async run(ctx, { params: { goldenQuestionId } }) {
    await deleteGoldenQuestion(ctx, goldenQuestionId, ctx.emit("golden-question.deleted", goldenQuestionId));
    return undefined;
  },
});
