import * as z from "zod";
import { updateGoldenQuestion } from "../../db/queries/chatbots/golden-question.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { GoldenQuestionReply, goldenFields, goldenQuestionParams, goldenStatus } from "./golden-question.ts";

export const changeGoldenQuestion = endpoint({
  name: "golden-question.update",
  method: "patch",
  path: "/v1/golden-questions/{goldenQuestionId}",
  scope: "chatbots:write",
  summary: "Change or approve a golden question",
  description: "Only what is sent changes. Evals that have begun go on with the question as it was.",
  params: goldenQuestionParams,
  body: json(
    z
      .object({ ...goldenFields, status: goldenStatus })
      .partial()
      .refine((change) => Object.keys(change).length > 0, "name what changes"),
  ),
  reply: replies(GoldenQuestionReply),
  example: async (fixtures) => ({
    params: { goldenQuestionId: await fixtures.goldenQuestion() },
    body: { status: "approved" },
  }),
  run: (ctx, { params: { goldenQuestionId }, body }) => {
    const emits = ctx.emit("golden-question.updated", goldenQuestionId, { changed: Object.keys(body).sort() });
    return updateGoldenQuestion(ctx, goldenQuestionId, body, emits);
  },
});
