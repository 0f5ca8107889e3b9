import * as z from "zod";
import { newId } from "../../db/columns.ts";
import {
  approveUnanswered,
  findAsking,
  findUnansweredQuestion,
} from "../../db/queries/chatbots/unanswered-question.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { toWording } from "./answer/curated.ts";
import { wordsOf } from "./answer/same-question.ts";
import { fields, languageOf, sourcesOf, wordingsOf } from "./curated-answer.ts";
import { UnansweredQuestionReply, unansweredQuestionParams } from "./unanswered-question.ts";

const { status: _, ...edits } = fields;

export const approveUnansweredQuestion = endpoint({
  name: "unanswered-question.approve",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/unanswered-questions/{unansweredQuestionId}/approve",
  scope: "chatbots:write",
  summary: "Publish the answer of a question",
  description:
    "Makes a curated answer of its draft, or of what you send in its place, and publishes it. Without a `question` it is known by the words of " +
    "whoever asked first, for as long as these are kept; one that you write stays. 409 when somebody else has answered it.",
  params: unansweredQuestionParams,
  body: json(z.object(edits).partial()),
  reply: replies(UnansweredQuestionReply),
  example: async (fixtures) => ({
    params: await fixtures.unansweredQuestion(),
    body: { answer: "There is tea from ten to noon." },
  }),
  replay: async (ctx, { params: { chatbotId, unansweredQuestionId } }, state) =>
    state === "done" ? findUnansweredQuestion(ctx, chatbotId, unansweredQuestionId) : undefined,
  async run(ctx, { params: { chatbotId, unansweredQuestionId: id }, body: { question, wordings = [], ...edited } }) {
    const asking = await findAsking(ctx, id, 0, chatbotId);
    const found = await findUnansweredQuestion(ctx, chatbotId, id);
    if (!asking || !found) throw notFound("unanswered question");
    const answer = edited.answer ?? found.draft?.content;
    if (!answer) {
      const errors = [{ path: "answer", message: "is needed: nothing near it answers it" }];
      throw new ApiError("INVALID", "There is no draft that could be published.", { errors });
    }
    const asked = await wordingsOf([question ?? asking.question, ...wordings]);
    // Whoever's words these are, they go when their conversation does.
    if (wordsOf(asked[0]!.text) === wordsOf(asking.question))
      asked[0] = await toWording(asked[0]!.text, asking.conversationId);
    const curated = {
      ...edited,
      id: newId(),
      chatbotId,
      status: "published" as const,
      answer,
      language: edited.language ?? (await languageOf(`${asked[0]!.text} ${answer}`)),
      sources: edited.sources ? await sourcesOf(ctx, edited.sources) : stillCited(answer, found.draft?.citations ?? []),
    };
    const emits = [
      ...ctx.emit("curated-answer.created", curated.id, { chatbotId }),
      ...ctx.emit("unanswered-question.resolved", id, { chatbotId, status: "answered" }),
    ];
    return approveUnanswered(ctx, id, curated, asked, LIMITS.curatedAnswersMax, emits);
  },
});

/** Of a draft's citations those that the answer still marks. */
const stillCited = <C extends { marker: number }>(answer: string, citations: readonly C[]) =>
  citations.filter(({ marker }) => answer.includes(`[${marker}]`));
