import { setTimeout as sleep } from "node:timers/promises";
import { advise, readComplaint } from "./advise.ts";
import { answerExtractively, type Similarity } from "./extractive.ts";
import { judge, readCase } from "./judge.ts";
import { type ConverseBody, readQuestion, textOf } from "./prompt.ts";
import { propose, readProposal } from "./propose.ts";
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
  const text = await textFor(body, similarity);
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

/** By what the prompt holds. */
async function textFor(body: ConverseBody, similarity?: Similarity): Promise<string> {
  const complaint = readComplaint(body);
  if (complaint) return advise(complaint);
  const toJudge = readCase(body);
  if (toJudge) return judge(toJudge);
  const question = readQuestion(body);
  if (question) return question.sources.length > 0 ? answerExtractively(question, similarity) : WITHOUT_SOURCES;
  const followUp = readFollowUp(body);
  if (followUp) return standAlone(followUp);
  const proposal = readProposal(body);
  if (proposal !== undefined) return propose(proposal);
  const passage = readPassage(body);
  if (passage) return situate(passage);
  return sentences(textOf(body.messages.at(-1)!.content))
    .slice(0, 2)
    .join(" ");
}
