import * as z from "zod";
import { saveMessageFeedback } from "../../db/queries/conversations/feedback.ts";
import { endpoint, json, replies, words } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { ofEndUser } from "./conversation.ts";
import { FeedbackReply, messageParams, rating, thumbs, toReply } from "./message-feedback.ts";

const said = words(LIMITS.textCharsMax);

export const saveFeedback = endpoint({
  name: "message-feedback.save",
  method: "put",
  path: "/v1/messages/{messageId}/feedback",
  scope: "chatbots:answer",
  summary: "Say how good an answer is",
  description:
    "One judgment of each author, which replaces the one before: of the end user, where `endUser` names the person of the conversation, else of " +
    "the member or key that calls. A rating, or else the thumbs, goes before the share of proven quotes as the answer's quality in usage reports. Also of archived " +
    "and superseded answers, and of what a person said in the chatbot's place.",
  params: messageParams,
  body: json(
    z
      .object({
        thumbs: thumbs.optional(),
        rating: rating.optional(),
        text: said.optional(),
        correction: said.optional().meta({ description: "What the answer should have been" }),
        endUser: ofEndUser,
      })
      .refine(({ endUser: _, ...judgment }) => Object.keys(judgment).length > 0, "say something of it"),
  ),
  reply: replies(FeedbackReply),
  endUser: ({ body }) => body.endUser,
  async example(fixtures) {
    const { messageId } = await fixtures.answer();
    return { params: { messageId }, body: { thumbs: "down", correction: "Two years." } };
  },
  async run(ctx, { params: { messageId }, body: { endUser, ...judgment } }) {
    const nothing = { thumbs: null, rating: null, text: null, correction: null };
    const judging = { messageId, endUser, requestId: ctx.requestId };
    const { thumbs = null, rating = null } = judgment;
    const emits = ctx.emit("message.rated", messageId, { thumbs, rating });
    return toReply(await saveMessageFeedback(ctx, judging, { ...nothing, ...judgment }, emits));
  },
});
