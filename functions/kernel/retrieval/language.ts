import { stopWords } from "./stop-words.ts";

/** How much of a text is looked at. */
const languageWindows = 40;
const languageWindowChars = 80;

/** Of fewer letters, words that many languages have come out as any of them: "See ya!" as Estonian. */
const telltaleUnderChars = 32;

/** A script is the document's when it has this share of the letters; the rest are names, code and quotations. */
const scriptShareMin = 0.2;

/**
 * The ISO 639-1 code of a text's language: by script for Thai, Japanese, Korean and Chinese, else by eld, which knows 60.
 * `declared` (html lang, "en-US") decides what the text leaves open; it does not win against the text, since templates
 * often declare English for every page. 'en' when undecidable. Never throws.
 */
export type DetectLanguage = (text: string, declared?: string | null) => string;

/** Loaded by the first who needs it: its tables are larger than the rest of the worker, and most requests ask nothing of them. */
export async function languageDetector(): Promise<DetectLanguage> {
  const { eld } = await import("eld/extrasmall");
  return (text, declared) => {
    const said = declared?.toLowerCase().match(/^[a-z]{2}(?=$|[-_])/)?.[0] ?? null;
    const sample = sampleOf(text);
    return languageByScript(sample, said) ?? languageByLetters(sample, eld.detect(sample)) ?? said ?? "en";
  };
}

/** Short stretches from all over the text, letters and spaces only: the code and the tables between them are not language. */
function sampleOf(text: string): string {
  const step = Math.max(languageWindowChars, Math.floor((text.length - languageWindowChars) / (languageWindows - 1)));
  const windows: string[] = [];
  for (let start = 0; start < text.length && windows.length < languageWindows; start += step)
    windows.push(text.slice(start, start + languageWindowChars));
  return windows.join(step > languageWindowChars ? " " : "").replace(/[^\p{L}\p{M}'’]+/gu, " ");
}

function languageByScript(sample: string, said: string | null): string | null {
  const count = (pattern: RegExp) => sample.match(pattern)?.length ?? 0;
  const letters = count(/\p{L}/gu);
  const share = (pattern: RegExp) => (letters === 0 ? 0 : count(pattern) / letters);
  const han = share(/\p{Script=Han}/gu);
  const kana = share(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu);
  if (share(/\p{Script=Thai}/gu) > scriptShareMin) return "th";
  if (share(/\p{Script=Hangul}/gu) > scriptShareMin) return "ko";
  if (kana + han > scriptShareMin) return kana > han * 0.05 || said === "ja" ? "ja" : "zh";
  return null;
}

type Guess = { language: string; isReliable(): boolean };

function languageByLetters(sample: string, { language, isReliable }: Guess): string | null {
  if (language === "" || !isReliable()) return null;
  return sample.length >= telltaleUnderChars || hasTelltale(sample, language) ? language : null;
}

/** A letter that English does not write, or a function word of the language. */
const hasTelltale = (sample: string, language: string) =>
  /[^\p{ASCII}’]/u.test(sample) ||
  sample
    .toLowerCase()
    .split(" ")
    .some((word) => stopWords(language).has(word));
