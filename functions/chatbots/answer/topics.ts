import { analyzeQuestion, readingsOf } from "../../kernel/retrieval/analyzer.ts";

const SENTENCE_END = /(?<=[.!?。！？\n])\s*/u;

/** The first of the topics that a sentence of the text has all words of, in any of their forms in one of these languages. */
export function blockedTopicIn(
  text: string,
  topics: readonly string[],
  languages: readonly string[],
): string | undefined {
  if (topics.length === 0 || !text.trim()) return undefined;
  const sentences = text
    .split(SENTENCE_END)
    .filter((sentence) => sentence.trim())
    .map((sentence) => analyzeQuestion(sentence, languages));
  return topics.find((topic) =>
    readingsOf(topic, languages).some((terms) =>
      sentences.some((sentence) => terms.every((term) => sentence.has(term))),
    ),
  );
}
