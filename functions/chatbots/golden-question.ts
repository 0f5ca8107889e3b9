import * as z from "zod";
import { GOLDEN_QUESTION_STATUSES } from "../../db/words.ts";
import { id, instant, text, words } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { language } from "./document.ts";

export const goldenQuestionParams = z.object({ goldenQuestionId: id("golden question") });

export const tag = words(100);
export const SaidTurn = z
  .object({ role: z.enum(["user", "assistant"]), content: words(LIMITS.questionCharsMax) })
  .strict()
  .meta({ id: "SaidTurn" });

const ExpectedSource = z
  .object({ documentId: id("document"), quote: words(LIMITS.quoteCharsMax) })
  .partial()
  .strict()
  .refine(({ documentId, quote }) => documentId !== undefined || quote !== undefined, "name a document or a quote")
  .meta({
    id: "ExpectedSource",
    description: "A document; or whichever chunk of it, or of any, holds the quote, letter by letter",
    minProperties: 1,
  });

/** What may be said of a question by hand, in a file, and by an export. */
export const goldenFields = {
  question: words(LIMITS.questionCharsMax),
  history: z
    .array(SaidTurn)
    .max(LIMITS.historyMessagesMax)
    .meta({ description: "What was said before, the oldest first" }),
  answerable: z.boolean().meta({ description: "False: the documents do not hold the answer, and to refuse is right" }),
  expectedAnswer: words(LIMITS.textCharsMax)
    .nullable()
    .meta({ description: "A good answer; the judge compares with it where no facts are expected" }),
  expectedFacts: z
    .array(words(LIMITS.quoteCharsMax))
    .max(LIMITS.expectedFactsMax)
    .meta({ description: "What the answer must say, each looked for by its words first and judged by a model else" }),
  expectedSources: z
    .array(ExpectedSource)
    .max(LIMITS.expectedSourcesMax)
    .meta({ description: "What must be retrieved" }),
  language: language.nullable(),
  tags: z.array(tag).max(LIMITS.tagsMax),
};

const { question, ...others } = goldenFields;
/** Only the question must be said. */
export const GoldenQuestionFields = z.object({ question, ...z.object(others).partial().shape });

export const goldenStatus = z
  .enum(GOLDEN_QUESTION_STATUSES)
  .meta({ description: "A `proposed` question is asked by no eval until it is `approved`" });

export const GoldenQuestionReply = z
  .object({
    id: id("golden question"),
    chatbotId: id("chatbot"),
    ...goldenFields,
    status: goldenStatus,
    messageId: id("answer that it was made from").nullable(),
    createdBy: text(255).nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "GoldenQuestion" });
