import { type ConverseBody, textOf } from "./prompt.ts";
import { isHeading, sentences } from "./sentences.ts";
import { contentWords } from "./words.ts";

const passageBlock = /<passage>\n([\s\S]*)\n<\/passage>\s+Write the questions/;
const wordsMin = 4;
const askedWords = 5;

/** The passage for which questions are wanted, or undefined where the prompt asks for something else. */
export const readProposal = ({ messages }: ConverseBody): string | undefined =>
  passageBlock.exec(textOf(messages.at(-1)!.content))?.[1];

/** One question about the sentence that says most, made of its own words; none about a passage without sentences. */
export function propose(passage: string): string {
  const pieces = sentences(passage);
  const [best] = pieces
    .filter((piece, i) => !isHeading(piece, pieces[i - 1]) && new Set(contentWords(piece)).size >= wordsMin)
    .sort((a, b) => new Set(contentWords(b)).size - new Set(contentWords(a)).size);
  if (best === undefined) return "[]";
  const words = best.split(/\s+/).filter((word) => contentWords(word).length > 0);
  const about = words
    .slice(0, askedWords)
    .join(" ")
    .replace(/[.,;:!?]+$/, "");
  return JSON.stringify([{ question: `What is said about ${about}?`, answer: best, quote: best }]);
}
