import * as z from "zod";
import { findCuratedAnswer, insertCuratedAnswer } from "../../db/queries/chatbots/curated-answer.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { chatbotParams } from "./chatbot.ts";
import { CuratedAnswerReply, fields, languageOf, sourcesOf, toReply, wordingsOf } from "./curated-answer.ts";

const { question, answer, ...optional } = fields;

export const createCuratedAnswer = endpoint({
  name: "curated-answer.create",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/curated-answers",
  scope: "chatbots:write",
  summary: "Write an answer yourself",
  description:
    "Once `published`, the chatbot says it word for word where one of its wordings is asked: with the same words, whatever their case and " +
    "punctuation, or with the same meaning. Embeddings hardly tell a question from its denial or 30 days from 60, so numbers, denials, what is " +
    "asked for and every word that is another are compared too: where it is doubtful, the chatbot answers from the documents.",
  params: chatbotParams,
  body: json(z.object({ question, answer, ...z.object(optional).partial().shape })),
  reply: replies(CuratedAnswerReply, 201),
  example: async (fixtures) => ({
    params: { chatbotId: await fixtures.chatbot() },
    body: { question: "How long is the warranty?", answer: "Two years.", status: "published" },
  }),
  replay: async (ctx, { params: { chatbotId }, resultId }) => {
    const made = await findCuratedAnswer(ctx, chatbotId, resultId);
    return made && toReply(made);
  },
  async run(ctx, { params: { chatbotId }, body: { question, wordings = [], sources = [], ...told }, resultId }) {
    const asked = await wordingsOf([question, ...wordings]);
    const language = told.language ?? (await languageOf(`${question} ${told.answer}`));
    const answer = { ...told, id: resultId, chatbotId, language, sources: await sourcesOf(ctx, sources) };
    const emits = ctx.emit("curated-answer.created", resultId, { chatbotId });
    return toReply(await insertCuratedAnswer(ctx, answer, asked, LIMITS.curatedAnswersMax, emits));
  },
});
