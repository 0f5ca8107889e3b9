import * as z from "zod";
import { listCuratedAnswers } from "../../db/queries/chatbots/curated-answer.ts";
import { CURATED_ANSWER_STATUSES } from "../../db/words.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { chatbotParams } from "./chatbot.ts";
import { CuratedAnswerReply, toReply } from "./curated-answer.ts";

export const listAllCuratedAnswers = endpoint({
  name: "curated-answer.list",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/curated-answers",
  scope: "chatbots:read",
  summary: "The answers that people wrote for a chatbot, the newest first",
  params: chatbotParams,
  query: z.object({ ...pageQuery, status: z.enum(CURATED_ANSWER_STATUSES).optional() }),
  reply: replies(pageOf(CuratedAnswerReply)),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() } }),
  async run(ctx, { params: { chatbotId }, query: { limit, cursor, status } }) {
    const rows = await listCuratedAnswers(ctx, chatbotId, status, afterCursor(cursor), limit);
    if (!rows) throw notFound("chatbot");
    return page(rows.map(toReply), limit, ({ id }) => id);
  },
});
