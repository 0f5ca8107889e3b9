import * as z from "zod";
import { listEvals } from "../../db/queries/chatbots/eval.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { chatbotParams } from "./chatbot.ts";
import { EvalReply, toReply } from "./eval.ts";

export const listAllEvals = endpoint({
  name: "eval.list",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/evals",
  scope: "chatbots:read",
  summary: "A chatbot's evals, the newest first",
  params: chatbotParams,
  query: z.object(pageQuery),
  reply: replies(pageOf(EvalReply)),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() } }),
  async run(ctx, { params: { chatbotId }, query: { limit, cursor } }) {
    const rows = await listEvals(ctx, chatbotId, afterCursor(cursor), limit);
    if (!rows) throw notFound("chatbot");
    return page(rows.map(toReply), limit, ({ id }) => id);
  },
});
