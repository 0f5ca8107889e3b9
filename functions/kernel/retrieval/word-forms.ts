import { partsOf, wholeOf } from "./compounds.ts";
import { foldAccents } from "./normalization.ts";
import { stem } from "./stemming.ts";
import { stopWords } from "./stop-words.ts";

/** The terms of one word: `first` is its stem; `second` are its stem without accents and the stems of its parts. */
export type WordForms = { first: string; second: readonly string[]; isStopWord: boolean };

const LATIN = /\p{Script=Latin}/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
/** Written in another script: Latin words in their texts are English. */
export const NOT_LATIN: ReadonlySet<string> = new Set(
  "am ar be bg bn el fa gu he hi hy ja ka kk km kn ko lo mk ml mn mr my ne pa ps ru si sr ta te th uk ur yi zh".split(
    " ",
  ),
);
const ELISION = /^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|d?all|dell|nell|sull|quell|un|com|dov)'(?=\p{L})/u;
const ELIDING = new Set(["ca", "fr", "it"]);

const REMEMBERED_MAX = 30_000;
const remembered = new Map<string, WordForms>();

/** The forms of a word in an entry of the given language; undefined when it has no letter and no digit (`____`). */
export function wordForms(word: string, entryLanguage: string): WordForms | undefined {
  if (!LETTER_OR_DIGIT.test(word)) return undefined;
  const language = languageOf(word, entryLanguage);
  const key = `${language} ${word}`;
  let forms = remembered.get(key);
  if (!forms) {
    // Cut from the key: a slice of the text would keep the whole text in memory for as long as it is remembered.
    forms = analyzeWord(key.slice(language.length + 1), language);
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(key, forms);
  }
  return forms;
}

/** The term of joined words as one (see `wholeOf`), stemmed when they are all letters. */
export function wholeForm(joined: string, entryLanguage: string): string | undefined {
  const whole = wholeOf(joined)?.toLowerCase();
  return whole && stem(whole, languageOf(whole, entryLanguage));
}

/** Latin words in a Thai, Japanese or Russian text are English; foreign scripts in an English text are not stemmed. */
function languageOf(word: string, entryLanguage: string): string {
  const isLatin = LATIN.test(word);
  if (NOT_LATIN.has(entryLanguage)) return isLatin ? "en" : entryLanguage;
  return isLatin ? entryLanguage : "und";
}

function analyzeWord(word: string, language: string): WordForms {
  let lower = word.toLowerCase().replace(/'s$/, "");
  if (ELIDING.has(language)) lower = lower.replace(ELISION, "");
  const stop = stopWords(language);
  const parts = partsOf(word).map((part) => part.toLowerCase());
  const others = [foldAccents(lower), ...parts.filter((part) => !stop.has(part))].filter((other) => other !== lower);
  const first = stem(lower, language);
  const second = new Set(others.map((other) => stem(other, language)));
  second.delete(first);
  return { first, second: [...second], isStopWord: stop.has(lower) };
}
