import * as z from "zod";
import type { Feedback } from "../../db/queries/conversations/feedback.ts";
import { FEEDBACK_AUTHORS, THUMBS } from "../../db/words.ts";
import { id, instant, integer, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

export const messageParams = z.object({ messageId: id("message") });
export const thumbs = z.enum(THUMBS);
export const rating = integer(1, 5);
export const correction = text(LIMITS.textCharsMax);

export const FeedbackReply = z
  .object({
    id: id("feedback"),
    conversationId: id("conversation"),
    messageId: id("message"),
    author: z.object({
      kind: z.enum(FEEDBACK_AUTHORS).meta({ description: "`end_user`: the person of the conversation" }),
      id: text(255).nullable().meta({ description: "Of the member or key" }),
    }),
    thumbs: thumbs.nullable(),
    rating: rating.nullable(),
    text: text(LIMITS.textCharsMax).nullable(),
    correction: correction.nullable().meta({ description: "What the answer should have been" }),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "MessageFeedback" });

export const toReply = ({ authorKind: kind, author, ...feedback }: Feedback) => ({
  ...feedback,
  author: { kind, id: author || null },
});
