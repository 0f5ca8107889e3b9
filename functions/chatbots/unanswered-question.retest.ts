import * as z from "zod";
import { findAsking, saveRetest } from "../../db/queries/chatbots/unanswered-question.ts";
import { CitationReply } from "../kernel/citation.ts";
import { endpoint, id, replies, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { tryOut, unansweredQuestionParams } from "./unanswered-question.ts";

export const retestUnansweredQuestion = endpoint({
  name: "unanswered-question.retest",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/unanswered-questions/{unansweredQuestionId}/retest",
  scope: "chatbots:write",
  summary: "Ask the chatbot again",
  description: "As whoever asked first did, in no conversation: whether it answers by now, and what it says.",
  params: unansweredQuestionParams,
  reply: replies(
    z
      .object({
        answered: z.boolean(),
        content: text(100_000),
        citations: z.array(CitationReply).max(LIMITS.citationsMax),
        curatedAnswerId: id("curated answer").nullable(),
      })
      .meta({ id: "Retest" }),
  ),
  example: async (fixtures) => ({ params: await fixtures.unansweredQuestion() }),
  async run(ctx, { params: { chatbotId, unansweredQuestionId } }) {
    const asking = await findAsking(ctx, unansweredQuestionId, LIMITS.earlierQuestionsMax, chatbotId);
    if (!asking) throw notFound("unanswered question");
    const { completed } = await tryOut(ctx, asking);
    const { answered, content, citations, curatedAnswerId } = completed.answer;
    const emits = ctx.emit("unanswered-question.retested", unansweredQuestionId, { chatbotId, answered });
    await saveRetest(ctx, unansweredQuestionId, answered, emits);
    return { answered, content, citations, curatedAnswerId };
  },
});
