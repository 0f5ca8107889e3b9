import { detectAll } from "tinyld/light";

/** How much of a text is looked at. */
const languageWindows = 40;
const languageWindowChars = 80;

/** A script is the document's when it has this share of the letters; the rest are names, code and quotations. */
const scriptShareMin = 0.2;

/**
 * The ISO 639-1 code of a text's language: by script for Thai, Japanese, Korean, Chinese and Vietnamese, else by
 * tinyld. `declared` (html lang, "en-US") decides what the text leaves open; it does not win against the text, since
 * templates often declare English for every page. 'en' when undecidable. Never throws.
 */
export function detectLanguage(text: string, declared?: string | null): string {
  const said = declared?.toLowerCase().match(/^[a-z]{2}(?=$|[-_])/)?.[0] ?? null;
  const windows = windowsOf(text);
  return languageByScript(windows.join(" "), said) ?? languageByVote(windows, said) ?? said ?? "en";
}

/** Short stretches from all over the text, letters and spaces only: tinyld takes the bars of tables for Hindi. */
function windowsOf(text: string): string[] {
  const step = Math.max(languageWindowChars, Math.floor((text.length - languageWindowChars) / (languageWindows - 1)));
  const windows: string[] = [];
  for (let start = 0; start < text.length && windows.length < languageWindows; start += step) {
    const letters = text.slice(start, start + languageWindowChars).replace(/[^\p{L}\p{M}'’]+/gu, " ");
    if (/\p{L}/u.test(letters)) windows.push(letters);
  }
  return windows;
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
  // tinyld/light does not know Vietnamese, whose letters with two marks are its own.
  return share(/[\u1ea0-\u1ef9]/g) > 0.03 ? "vi" : null;
}

/**
 * Each window votes for its best guesses. Asked once for a long text, tinyld goes by the first word that only one
 * language is known to have: papers came out as Hungarian for an author's name, a README as German for "die".
 */
function languageByVote(windows: string[], said: string | null): string | null {
  const votes = new Map<string, number>();
  let sure = 0;
  for (const window of windows) {
    const [best, ...others] = detectAll(window);
    if (!best) continue;
    if (best.accuracy > 0.5) sure += 1;
    const vote = (lang: string, weight: number) => votes.set(lang, (votes.get(lang) ?? 0) + weight);
    vote(best.lang, 1);
    for (const other of others.slice(0, 2)) vote(other.lang, (0.5 * other.accuracy) / best.accuracy);
  }
  const [winner] = [...votes].sort((a, b) => b[1] - a[1]);
  if (!winner) return null;
  if (said && (votes.get(said) ?? 0) > winner[1] / 3) return said;
  // "reset password" alone came out as Polish: a guess about one or two windows must rest on a telling word.
  return windows.length > 2 || sure > 0 ? winner[0] : null;
}
