import {
  answerWithHistory,
  findGoldenQuestion,
  insertGoldenQuestion,
  type NewGoldenQuestion,
} from "../../db/queries/chatbots/golden-question.ts";
import { mayUse } from "../kernel/auth/scopes.ts";
import type { Ctx } from "../kernel/context.ts";
import { endpoint, id, json, replies } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { chatbotParams } from "./chatbot.ts";
import { GoldenQuestionFields, GoldenQuestionReply } from "./golden-question.ts";

export const createGoldenQuestion = endpoint({
  name: "golden-question.create",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/golden-questions",
  scope: "chatbots:write",
  summary: "Add a golden question",
  description:
    "A question that evals ask, with what they expect of the answer. With `messageId` it is made from an answer of this chatbot: the question " +
    "before it, what was said earlier, the answer and its citations, each of which you may say otherwise. That takes `conversations:read`, and " +
    "the question goes with the message when that is erased. The same question after the same turns is there once: 409.",
  params: chatbotParams,
  body: json(
    GoldenQuestionFields.partial({ question: true })
      .extend({ messageId: id("answer in a conversation").optional() })
      .refine(({ question, messageId }) => (question ?? messageId) !== undefined, {
        path: ["question"],
        message: "say a question, or a `messageId`",
      }),
  ),
  reply: replies(GoldenQuestionReply, 201),
  example: async (fixtures) => ({
    params: { chatbotId: await fixtures.chatbot() },
    body: { question: "How long is the warranty?", expectedFacts: ["two years"], tags: ["warranty"] },
  }),
  replay: (ctx, { resultId }) => findGoldenQuestion(ctx, resultId),
  async run(ctx, { params: { chatbotId }, body: { messageId, ...fields }, resultId }) {
    const made = messageId === undefined ? {} : await fromAnswer(ctx, chatbotId, messageId);
    const question = { ...made, ...fields, id: resultId, chatbotId } as NewGoldenQuestion;
    return insertGoldenQuestion(ctx, question, ctx.emit("golden-question.created", resultId, { chatbotId }));
  },
});

async function fromAnswer(ctx: Ctx, chatbotId: string, messageId: string) {
  if (!mayUse(await ctx.identify(), "conversations:read"))
    throw new ApiError("FORBIDDEN", "To make a question from a message takes the scope conversations:read.");
  // The answer and its question, then what was said before.
  const [answer, asked, ...before] = await answerWithHistory(ctx, chatbotId, messageId, LIMITS.historyMessagesMax + 2);
  if (answer?.id !== messageId || asked?.role !== "user") throw notFound("answer");
  const history = before.reverse().filter(({ content }) => content.trim() !== "");
  return {
    messageId,
    question: asked.content,
    history: history.map(({ role, content }) => ({ role, content: cut(content) })),
    answerable: answer.answered ?? true,
    expectedAnswer: answer.answered ? cut(answer.content) : null,
    expectedSources: answer.citations
      .flatMap(({ documentId, quote }) => (documentId === null ? [] : { documentId, quote }))
      .slice(0, LIMITS.expectedSourcesMax),
  };
}

/** An answer may be longer than what may be expected. */
const cut = (text: string) => text.slice(0, LIMITS.textCharsMax).toWellFormed();
