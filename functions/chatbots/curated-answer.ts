import * as z from "zod";
import type { Citation } from "../../db/json.ts";
import { type CuratedAnswer, findPassages, type Wording } from "../../db/queries/chatbots/curated-answer.ts";
import { CURATED_ANSWER_STATUSES } from "../../db/words.ts";
import { CitationReply } from "../kernel/citation.ts";
import type { Ctx } from "../kernel/context.ts";
import { id, instant, text, words } from "../kernel/endpoint.ts";
import { ApiError, type FieldError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { languageDetector } from "../kernel/retrieval/language.ts";
import { toWording } from "./answer/curated.ts";
import { literalIn } from "./answer/quotes.ts";
import { wordsOf } from "./answer/same-question.ts";
import { language } from "./document.ts";

export const curatedAnswerParams = z.object({ chatbotId: id("chatbot"), curatedAnswerId: id("curated answer") });

const question = words(LIMITS.curatedQuestionCharsMax);
const status = z.enum(CURATED_ANSWER_STATUSES).meta({ description: "Only a `published` one is said" });
const answer = words(LIMITS.textCharsMax).meta({
  description: "Markdown, said word for word; `[1]` stands for the first source, and is added where it does not stand",
});

export const fields = {
  question,
  wordings: z
    .array(question)
    .max(LIMITS.curatedWordingsMax - 1)
    .meta({ description: "Other ways to ask it, in any language" }),
  answer,
  language,
  sources: z
    .array(z.strictObject({ chunkId: id("chunk"), quote: words(LIMITS.quoteCharsMax) }))
    .max(LIMITS.curatedSourcesMax)
    .meta({ description: "What it rests on: passages that stand in chunks of documents, letter by letter" }),
  status,
  validFrom: instant.nullable(),
  validUntil: instant.nullable(),
};

export const CuratedAnswerReply = z
  .object({
    id: id("curated answer"),
    chatbotId: id("chatbot"),
    status,
    question: question.nullable().meta({
      description:
        "Null where these were a person's words and the person was erased: give it another, until then nothing matches",
    }),
    wordings: z.array(question).max(LIMITS.curatedWordingsMax),
    answer,
    language: text(20),
    sources: z.array(CitationReply).max(LIMITS.curatedSourcesMax),
    validFrom: instant.nullable(),
    validUntil: instant.nullable(),
    createdBy: text(255).nullable(),
    createdAt: instant,
    updatedBy: text(255).nullable(),
    updatedAt: instant,
  })
  .meta({ id: "CuratedAnswer" });

export const toReply = ({ wordings: [first, ...others], ...answer }: CuratedAnswer) => ({
  ...answer,
  question: first ?? null,
  wordings: others,
});

/** Ways to ask, each once. Refuses what has no word in it: every other such text would be the same. */
export async function wordingsOf(asked: readonly string[], conversationId?: string | null): Promise<Wording[]> {
  const blank = asked.findIndex((text) => wordsOf(text) === "");
  if (blank >= 0) {
    const error = { path: blank === 0 ? "question" : `wordings.${blank - 1}`, message: "says nothing" };
    throw new ApiError("INVALID", "A question needs words.", { errors: [error] });
  }
  const said = asked.map(wordsOf);
  const once = asked.filter((_, index) => said.indexOf(said[index]!) === index);
  return Promise.all(once.map((text) => toWording(text, conversationId)));
}

/** As citations, each verified against its chunk. */
export async function sourcesOf(ctx: Ctx, told: readonly { chunkId: string; quote: string }[]): Promise<Citation[]> {
  if (told.length === 0) return [];
  const passages = await findPassages(
    ctx,
    told.map(({ chunkId }) => chunkId),
  );
  const errors: FieldError[] = [];
  const citations = told.flatMap(({ chunkId, quote }, index) => {
    const passage = passages.get(chunkId);
    const literal = passage && literalIn(quote, passage.content);
    if (!literal) {
      const path = passage ? `sources.${index}.quote` : `sources.${index}.chunkId`;
      errors.push({ path, message: passage ? "does not stand in this chunk" : "is no chunk of a document" });
      return [];
    }
    const { content: _, ...where } = passage;
    return { marker: index + 1, ...where, quote: literal };
  });
  if (errors.length > 0) throw new ApiError("INVALID", "A source must hold its quote.", { errors });
  return citations;
}

export const languageOf = async (answer: string) => (await languageDetector())(answer);
