import * as z from "zod";
import { listUnanswered, type Place } from "../../db/queries/chatbots/unanswered-question.ts";
import { UNANSWERED_QUESTION_STATUSES } from "../../db/words.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { afterPlace, cursorOfPlace, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { chatbotParams } from "./chatbot.ts";
import { UnansweredQuestionReply } from "./unanswered-question.ts";

export const listUnansweredQuestions = endpoint({
  name: "unanswered-question.list",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/unanswered-questions",
  scope: "conversations:read",
  summary: "What a chatbot could not answer, the most often asked first",
  description:
    "Questions of one meaning stand together, a moment after they were asked: those that were refused, and those whose answer somebody did not " +
    "like. Each gets a draft of an answer from what stands nearest in the documents, every quote of it verified. What a person asked is here no " +
    "longer than in its conversation.",
  params: chatbotParams,
  query: z.object({ ...pageQuery, status: z.enum(UNANSWERED_QUESTION_STATUSES).optional() }),
  reply: replies(pageOf(UnansweredQuestionReply)),
  example: async (fixtures) => ({ params: { chatbotId: (await fixtures.unansweredQuestion()).chatbotId } }),
  async run(ctx, { params: { chatbotId }, query: { limit, cursor, status } }) {
    const rows = await listUnanswered(ctx, chatbotId, status, placeOf(cursor), limit);
    if (!rows) throw notFound("chatbot");
    return page(rows, limit, ({ timesAsked, id }) => cursorOfPlace({ xid: String(timesAsked), id }));
  },
});

function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const { xid, id } = afterPlace(cursor, "cursor");
  return { timesAsked: Number(xid), id };
}
