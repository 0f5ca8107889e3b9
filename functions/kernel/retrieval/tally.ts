import { normalizeText } from "./normalization.ts";
import { characterPairs, clusterPairs, cutIntoRuns, type Runs, segmentPhrases } from "./segmentation.ts";
import { stopWords } from "./stop-words.ts";
import { wholeForm, wordForms } from "./word-forms.ts";

/**
 * The terms of a text with their counts. `first`: one term for each word, as many in all as `length` says. `second`: the
 * other ways to write or split those words. `stopWords`: how many words of the text are stop words, left out or not.
 */
export type Tally = { length: number; stopWords: number; first: Map<string, number>; second: Map<string, number> };

/** Reads a text in one language (a BCP 47 tag). Stop words are left out, unless the text has nothing else. */
export function tallyTerms(text: string, languageTag: string): Tally {
  const language = primary(languageTag);
  const runs = cutIntoRuns(normalizeText(text));
  const telling = tallyRuns(runs, language, false);
  return telling.length > 0 ? telling : tallyRuns(runs, language, true);
}

/**
 * The terms that a text has wherever these words stand in it; none of stop words alone. Where no spaces part words these are
 * pairs, for beside other words a dictionary cuts otherwise: 東京都 is a word, but not in 東京都庁.
 */
export function termsWithin(words: string, languageTag: string): string[] {
  const runs = cutIntoRuns(normalizeText(words));
  const [pairs, kanji, unspaced] = [new Set<string>(), [] as string[], [] as string[]];
  const pair = (phrase: string, found: readonly string[], others: string[]) => {
    if (found.length === 0) others.push(phrase);
    for (const each of found) pairs.add(each);
  };
  for (const phrase of runs.kanji) pair(phrase, characterPairs(phrase), kanji);
  for (const phrase of runs.unspaced) pair(phrase, clusterPairs(phrase), unspaced);
  const { first } = tallyRuns({ ...runs, kanji, unspaced }, primary(languageTag), false);
  return [...first.keys(), ...pairs];
}

export function increase<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

const primary = (languageTag: string) => languageTag.toLowerCase().split(/[-_]/)[0]!;

function tallyRuns(runs: Runs, language: string, keepsStopWords: boolean): Tally {
  const tally: Tally = { length: 0, stopWords: 0, first: new Map(), second: new Map() };
  tallySpaced(tally, runs, language, keepsStopWords);
  tallyWords(tally, runs.hangul, "ko", keepsStopWords);
  tallyWords(tally, segmentPhrases(runs.kanji), language === "zh" ? "zh" : "ja", keepsStopWords);
  tallyWords(tally, segmentPhrases(runs.unspaced), "th", keepsStopWords);
  for (const phrase of [...runs.hangul, ...runs.kanji]) tallySecond(tally, characterPairs(phrase));
  for (const phrase of runs.unspaced) tallySecond(tally, clusterPairs(phrase));
  return tally;
}

function tallySpaced(tally: Tally, runs: Runs, language: string, keepsStopWords: boolean): void {
  for (const word of runs.words) {
    const forms = wordForms(word, language);
    if (!forms) continue;
    if (forms.isStopWord) tally.stopWords += 1;
    if (forms.isStopWord && !keepsStopWords) continue;
    tallyFirst(tally, forms.first);
    tallySecond(tally, forms.second);
  }
  for (const joined of runs.joined) {
    const whole = wholeForm(joined, language);
    if (whole) increase(tally.second, whole, 1);
  }
}

function tallyWords(tally: Tally, words: readonly string[], language: string, keepsStopWords: boolean): void {
  const stop = stopWords(language);
  for (const word of words) {
    const isStopWord = stop.has(word);
    if (isStopWord) tally.stopWords += 1;
    if (!isStopWord || keepsStopWords) tallyFirst(tally, word);
  }
}

function tallyFirst(tally: Tally, term: string): void {
  tally.length += 1;
  increase(tally.first, term, 1);
}

function tallySecond(tally: Tally, terms: readonly string[]): void {
  for (const term of terms) increase(tally.second, term, 1);
}
