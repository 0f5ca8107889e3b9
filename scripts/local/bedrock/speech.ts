import { setTimeout as sleep } from "node:timers/promises";
import { answerExtractively, type Similarity } from "./extractive.ts";
import { type ConverseBody, readQuestion, textOf } from "./prompt.ts";
import { readFollowUp, standAlone } from "./rewrite.ts";
import { sentences } from "./sentences.ts";
import { readPassage, situate } from "./situate.ts";
import { countTokens, toPieces } from "./tokens.ts";

export type Ending = { stopReason: "end_turn" | "max_tokens"; inputTokens: number; outputTokens: number };
/** What a model says, piece by piece, then how it ended. */
export type Speech = AsyncGenerator<string, Ending>;

const pieceChars = 4;
const WITHOUT_SOURCES = "I know nothing but what sources say, and was given none.";

/** `local.extractive-v1`: repeats sentences of the prompt and writes none of its own. */
export async function* speakExtractively(
  body: ConverseBody,
  similarity?: Similarity,
  tokensPerSecond?: number,
): Speech {
  const question = readQuestion(body);
  const passage = readPassage(body);
  const followUp = readFollowUp(body);
  const text = question
    ? question.sources.length > 0
      ? await answerExtractively(question, similarity)
      : WITHOUT_SOURCES
    : followUp
      ? standAlone(followUp)
      : passage
        ? situate(passage)
        : sentences(textOf(body.messages.at(-1)!.content))
            .slice(0, 2)
            .join(" ");
  const pieces = toPieces(text, pieceChars);
  const spoken = pieces.slice(0, body.inferenceConfig?.maxTokens ?? Infinity);
  for (const piece of spoken) {
    if (tokensPerSecond) await sleep(1000 / tokensPerSecond);
    yield piece;
  }
  const prompt = [...(body.system ?? []), ...body.messages.flatMap(({ content }) => content)];
  return {
    stopReason: spoken.length < pieces.length ? "max_tokens" : "end_turn",
    inputTokens: countTokens(textOf(prompt)),
    outputTokens: spoken.length,
  };
}
