import * as z from "zod";
import { findCuratedAnswer, updateCuratedAnswer } from "../../db/queries/chatbots/curated-answer.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { CuratedAnswerReply, curatedAnswerParams, fields, sourcesOf, toReply, wordingsOf } from "./curated-answer.ts";

export const changeCuratedAnswer = endpoint({
  name: "curated-answer.update",
  method: "patch",
  path: "/v1/chatbots/{chatbotId}/curated-answers/{curatedAnswerId}",
  scope: "chatbots:write",
  summary: "Change, publish or withdraw an answer that you wrote",
  description: "Only what is sent changes; `wordings` takes the place of all that were there.",
  params: curatedAnswerParams,
  body: json(
    z
      .object(fields)
      .partial()
      .refine((change) => Object.keys(change).length > 0, "name what changes"),
  ),
  reply: replies(CuratedAnswerReply),
  example: async (fixtures) => ({ params: await fixtures.curatedAnswer(), body: { answer: "Three years." } }),
  async run(ctx, { params: { chatbotId, curatedAnswerId }, body: { question, wordings, sources, ...change } }) {
    const emits = ctx.emit("curated-answer.changed", curatedAnswerId, { chatbotId });
    const of = { chatbotId, id: curatedAnswerId };
    const asked = question || wordings ? await askedNow(ctx, of, question, wordings) : undefined;
    const changed = { ...change, ...(sources && { sources: await sourcesOf(ctx, sources) }) };
    return toReply(await updateCuratedAnswer(ctx, of, changed, asked, emits));
  },
});

async function askedNow(
  ctx: Parameters<typeof findCuratedAnswer>[0],
  { chatbotId, id }: { chatbotId: string; id: string },
  question: string | undefined,
  wordings: readonly string[] | undefined,
) {
  const now = await findCuratedAnswer(ctx, chatbotId, id);
  if (!now) throw notFound("curated answer");
  const first = question ?? now.wordings[0];
  if (!first) {
    const errors = [{ path: "question", message: "is needed: the one before was erased" }];
    throw new ApiError("INVALID", "A curated answer needs a question.", { errors });
  }
  return wordingsOf([first, ...(wordings ?? now.wordings.slice(1))]);
}
