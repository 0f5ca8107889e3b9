import type { Phrase, Question, SearchMode } from "../../../db/search.ts";
import { analyzeQuestion, readingsOf } from "./analyzer.ts";
import { possibleNames } from "./names.ts";
import type { ParsedQuery } from "./query-language.ts";

/** How much a word of an earlier turn counts beside one of the question itself. */
const EARLIER_TURN_WEIGHT = 0.3;
/** Scripts that put no space between words, where a phrase may begin within what looks like one. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]/u;

type Read = Pick<Question, "languages" | "terms" | "names" | "phrases" | "excluded">;

/** A query as it is looked for, read in each of the languages that the texts have. */
export function readQuestion(
  { text, phrases, excluded }: ParsedQuery,
  earlier: readonly string[],
  mode: SearchMode,
  languages: readonly string[],
): Read {
  const phrase = (words: string): Phrase => {
    const characters = [...words.trim()];
    return {
      text: words,
      startsWord: !UNSPACED.test(characters[0]!),
      endsWord: !UNSPACED.test(characters.at(-1)!),
      readings: readingsOf(words, languages),
    };
  };
  return {
    languages,
    terms: mode === "vector" ? new Map() : termsOf(text, earlier, languages),
    names: mode === "vector" ? [] : possibleNames(text),
    phrases: phrases.map(phrase),
    excluded: {
      readings: excluded.words.flatMap((word) => readingsOf(word, languages)),
      phrases: excluded.phrases.map(phrase),
    },
  };
}

function termsOf(query: string, earlier: readonly string[], languages: readonly string[]) {
  const terms = analyzeQuestion(query, languages);
  for (const turn of earlier)
    for (const [term, frequency] of analyzeQuestion(turn, languages))
      if (!terms.has(term)) terms.set(term, frequency * EARLIER_TURN_WEIGHT);
  return terms;
}
