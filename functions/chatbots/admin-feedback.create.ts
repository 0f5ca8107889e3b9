import * as z from "zod";
import { findAdminFeedback, insertAdminFeedback } from "../../db/queries/chatbots/admin-feedback.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { AdminFeedbackReply, feedbackFields } from "./admin-feedback.ts";

export const createAdminFeedback = endpoint({
  name: "admin-feedback.create",
  method: "post",
  path: "/v1/admin-feedback",
  scope: "chatbots:write",
  summary: "Say what is wrong with a chatbot, a conversation or an answer",
  description:
    "A model reads it in the background, with the conversation and the chatbot's configuration, and suggests what to change; then it is " +
    "`completed`. Each suggestion was checked as a change of the chatbot is, and nothing changes before somebody applies it.",
  body: json(z.object(feedbackFields)),
  reply: replies(AdminFeedbackReply, 201),
  example: async (fixtures) => ({
    body: {
      chatbotId: await fixtures.chatbot(),
      feedbackText: "Its answers are too short.",
      feedbackType: "completeness",
      severity: "medium",
    },
  }),
  replay: (ctx, { resultId }) => findAdminFeedback(ctx, resultId),
  run: (ctx, { body, resultId }) =>
    insertAdminFeedback(
      ctx,
      { id: resultId, ...body },
      ctx.emit("admin-feedback.created", resultId, { chatbotId: body.chatbotId, severity: body.severity }),
    ),
});
