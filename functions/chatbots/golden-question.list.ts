import * as z from "zod";
import { listGoldenQuestions } from "../../db/queries/chatbots/golden-question.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { chatbotParams } from "./chatbot.ts";
import { GoldenQuestionReply, goldenStatus, tag } from "./golden-question.ts";

export const listAllGoldenQuestions = endpoint({
  name: "golden-question.list",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/golden-questions",
  scope: "chatbots:read",
  summary: "A chatbot's golden questions, the newest first",
  params: chatbotParams,
  query: z.object({ status: goldenStatus.optional(), tag: tag.optional(), ...pageQuery }),
  reply: replies(pageOf(GoldenQuestionReply)),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() } }),
  async run(ctx, { params: { chatbotId }, query: { limit, cursor, ...filter } }) {
    const rows = await listGoldenQuestions(ctx, chatbotId, filter, afterCursor(cursor), limit);
    if (!rows) throw notFound("chatbot");
    return page(rows, limit, ({ id }) => id);
  },
});
