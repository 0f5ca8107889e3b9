import { isFollowUp } from "./extractive.ts";
import { type ConverseBody, textOf } from "./prompt.ts";
import { contentWords } from "./words.ts";

type FollowUp = { question: string; asked: string[] };

const turnBlock = /<turn role="user">\n([\s\S]*?)\n<\/turn>/g;
const followUpBlock = /<follow_up>\n([\s\S]*)\n<\/follow_up>/;
const segmenter = new Intl.Segmenter("und", { granularity: "word" });
const wordsMax = 12;
const turnsMax = 3;
const enoughWords = 3;

/** What is to be made a question that stands alone, or undefined where the prompt asks for something else. */
export function readFollowUp({ messages }: ConverseBody): FollowUp | undefined {
  const prompt = textOf(messages.at(-1)!.content);
  const question = followUpBlock.exec(prompt)?.[1];
  if (question === undefined) return undefined;
  return { question, asked: [...prompt.matchAll(turnBlock)].map(([, said]) => said!) };
}

/**
 * The question with the words that it leaves out: those of the question before it that say what it is about, and of the ones before
 * that as long as these are few. It writes no grammar, which a search does not miss.
 */
export function standAlone({ question, asked }: FollowUp): string {
  if (!isFollowUp(question)) return question.trim();
  const known = new Set(contentWords(question));
  const subject: string[] = [];
  for (const earlier of asked.slice(-turnsMax).reverse()) {
    for (const word of wordsOf(earlier)) {
      const [stem] = contentWords(word);
      if (stem === undefined || known.has(stem) || subject.length >= wordsMax) continue;
      known.add(stem);
      subject.push(word);
    }
    if (subject.length >= enoughWords) break;
  }
  const line = question.replace(/\s+/g, " ").trim();
  return subject.length === 0 ? line : `${line} (${subject.join(" ")})`;
}

const wordsOf = (text: string) =>
  [...segmenter.segment(text)].flatMap(({ segment, isWordLike }) => (isWordLike ? [segment] : []));
