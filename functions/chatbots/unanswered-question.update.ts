import * as z from "zod";
import { resolveUnanswered } from "../../db/queries/chatbots/unanswered-question.ts";
import { UNANSWERED_QUESTION_STATUSES } from "../../db/words.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { UnansweredQuestionReply, unansweredQuestionParams } from "./unanswered-question.ts";

export const changeUnansweredQuestion = endpoint({
  name: "unanswered-question.update",
  method: "patch",
  path: "/v1/chatbots/{chatbotId}/unanswered-questions/{unansweredQuestionId}",
  scope: "chatbots:write",
  summary: "Dismiss a question, or open it again",
  description:
    "`dismissed` stays so, however often it is asked. `answered` says that the documents answer it now; when it could not be answered again " +
    "after that, it is `open` again.",
  params: unansweredQuestionParams,
  body: json(z.object({ status: z.enum(UNANSWERED_QUESTION_STATUSES) })),
  reply: replies(UnansweredQuestionReply),
  example: async (fixtures) => ({ params: await fixtures.unansweredQuestion(), body: { status: "dismissed" } }),
  run: (ctx, { params: { chatbotId, unansweredQuestionId }, body: { status } }) =>
    resolveUnanswered(
      ctx,
      chatbotId,
      unansweredQuestionId,
      status,
      ctx.emit("unanswered-question.resolved", unansweredQuestionId, { chatbotId, status }),
    ),
});
