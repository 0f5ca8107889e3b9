import * as z from "zod";
import { findChatbot } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, id, json, replies, text, words } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { considered, lookingForCurated } from "./answer/curated.ts";
import { chatbotParams } from "./chatbot.ts";

export const matchCuratedAnswer = endpoint({
  name: "curated-answer.match",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/curated-answers/match",
  scope: "chatbots:read",
  summary: "Try which curated answer a question would get",
  description: "The nearest ones, and of each whether it would be said; the first that `matches` is.",
  params: chatbotParams,
  body: json(z.object({ question: words(LIMITS.questionCharsMax) })),
  reply: replies(
    z
      .object({
        curatedAnswerId: id("curated answer").nullable().meta({ description: "Of the one that would be said" }),
        candidates: z
          .array(
            z.object({
              curatedAnswerId: id("curated answer"),
              wording: text(LIMITS.curatedQuestionCharsMax),
              similarity: z
                .number()
                .min(-1)
                .max(1)
                .nullable()
                .meta({ description: "Cosine; null until it is embedded" }),
              matches: z.boolean(),
            }),
          )
          .max(20),
      })
      .meta({ id: "CuratedAnswerMatch" }),
  ),
  example: async (fixtures) => ({
    params: { chatbotId: await fixtures.chatbot() },
    body: { question: "How long is the warranty?" },
  }),
  async run(ctx, { params: { chatbotId }, body: { question } }) {
    if (!(await findChatbot(ctx, chatbotId))) throw notFound("chatbot");
    const looking = await lookingForCurated(ctx, chatbotId, question);
    const asked = await ctx.search.embedQuestion(question, [], { task: "embed", chatbotId });
    const [found] = await ctx.batch([looking(asked)]);
    const candidates = considered(question, found).map(({ id, wording, similarity, matches }) => ({
      curatedAnswerId: id,
      wording,
      similarity,
      matches,
    }));
    return { curatedAnswerId: candidates.find(({ matches }) => matches)?.curatedAnswerId ?? null, candidates };
  },
});
