import type { DetectLanguage } from "../kernel/retrieval/language.ts";
import { normalizeText } from "../kernel/retrieval/normalization.ts";
import { stopWords } from "../kernel/retrieval/stop-words.ts";
import type { Block } from "./extraction/extracted.ts";

const LETTERS_MIN = 12;
/** A passage has the document's script at this share of its letters: among Latin letters no others are names and code. */
const OWN_SHARE = { Latn: 0.5, other: 0.2 };
const SLICE_CHARS = 500;

/** Languages that share letters are told apart by these words, which names, tables and lists of parts do not have. */
const WITH_FUNCTION_WORDS = ["da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ro", "ru", "sv", "tr"];
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/gu;
/** Characters of Chinese that Japanese has not, or writes otherwise. */
const CHINESE = /[这们为时对过还说让给请开关电动设问间见车长门东发实应该无线网页认证选择项你您這們嗎麼]/gu;

/**
 * Tells the language (ISO 639-1) of passages of a document: the document's, unless script, or in a long passage function
 * words, clearly say another one. Each further language is one more way to read every question, so a doubt is none.
 */
export function passageLanguages(
  document: string,
  blocks: readonly Block[],
  detect: DetectLanguage,
): (passage: string) => string {
  const own = scriptOf(document);
  const ownLetters = own && lettersOf(own);
  const isSure = polls(detect);
  let hasKana: boolean | undefined;
  const chineseOrJapanese = (sample: string) => {
    const kana = count(sample, KANA);
    if (kana > (kana + count(sample, /\p{Script=Han}/gu)) * 0.05) return "ja";
    if (count(sample, CHINESE) > Math.max(1, count(sample, /\p{Script=Han}/gu) * 0.03)) return "zh";
    if (document === "ja" || document === "zh") return document;
    hasKana ??= blocks.some(({ text }) => text.search(KANA) >= 0);
    return hasKana ? "ja" : "zh";
  };
  return (passage) => {
    const sample = sampleOf(passage);
    const letters = count(sample, /\p{L}/gu);
    if (!ownLetters || letters < LETTERS_MIN) return document;
    if (count(sample, ownLetters) >= letters * (own === "Latn" ? OWN_SHARE.Latn : OWN_SHARE.other)) {
      if (document === "ja" || document === "zh") return chineseOrJapanese(sample);
      const other = byFunctionWords(sample, { hitsMin: 8, shareMin: 0.2, document });
      return other && isSure(other, sample, document) ? other : document;
    }
    if (count(sample, /\p{Script=Latin}/gu) >= letters / 2) {
      const other = byFunctionWords(sample, { hitsMin: 3, shareMin: 0.12 });
      return other && isSure(other, sample, other) ? other : document;
    }
    const guess = detect(sample.slice(0, SLICE_CHARS));
    if (guess === "ja" || guess === "zh") return chineseOrJapanese(sample);
    const script = scriptOf(guess);
    return script && count(sample, lettersOf(script)) >= letters / 2 ? guess : document;
  };
}

/** ISO 15924, such as Latn. */
function scriptOf(language: string): string | undefined {
  return new Intl.Locale(language).maximize().script;
}

const SCRIPTS: Record<string, readonly string[]> = {
  Jpan: ["Hira", "Kana", "Hani"],
  Kore: ["Hang", "Hani"],
  Hans: ["Hani"],
  Hant: ["Hani"],
  Latf: ["Latn"],
  Latg: ["Latn"],
};

const lettersOf = (script: string) =>
  new RegExp(`[${(SCRIPTS[script] ?? [script]).map((name) => `\\p{Script=${name}}`).join("")}]`, "gu");

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** Letters from its beginning, middle and end: what is asked of a passage takes the same time for each. */
function sampleOf(passage: string): string {
  if (passage.length <= 3 * SLICE_CHARS) return passage;
  const middle = Math.floor((passage.length - SLICE_CHARS) / 2);
  const slices = [passage.slice(0, SLICE_CHARS), passage.slice(middle, middle + SLICE_CHARS)];
  return [...slices, passage.slice(-SLICE_CHARS)].join("\n").toWellFormed();
}

type Needed = { hitsMin: number; shareMin: number; document?: string };

/** The language whose function words the text is full of, far before the document's. */
function byFunctionWords(sample: string, { hitsMin, shareMin, document }: Needed): string | undefined {
  const words =
    normalizeText(sample)
      .toLowerCase()
      .match(/\p{L}{2,}(?:'\p{L}+)?/gu) ?? [];
  const hitsOf = (language: string) => {
    const known = stopWords(language);
    return words.filter((word) => known.has(word)).length;
  };
  const ownHits = document === undefined ? 0 : hitsOf(document);
  if (2 * ownHits > words.length * shareMin) return undefined; // as most passages are
  const [[best, hits]] = WITH_FUNCTION_WORDS.map((language) => [language, hitsOf(language)] as const).sort(
    (a, b) => b[1] - a[1],
  ) as [readonly [string, number]];
  if (hits < hitsMin || hits < words.length * shareMin || hits < 2 * ownHits) return undefined;
  return best;
}

const ASKED_MAX = 10;

/** Whether detection agrees. It is slow, so of each language a document's first passages are asked about, and the others go with most. */
function polls(detect: DetectLanguage) {
  const known = new Map<string, { asked: number; agreed: number }>();
  return (language: string, sample: string, expected: string): boolean => {
    const poll = known.get(language) ?? { asked: 0, agreed: 0 };
    known.set(language, poll);
    if (poll.asked >= ASKED_MAX) return poll.agreed > ASKED_MAX / 2;
    const agrees = detect(sample, expected) === language;
    poll.asked += 1;
    if (agrees) poll.agreed += 1;
    return agrees;
  };
}
