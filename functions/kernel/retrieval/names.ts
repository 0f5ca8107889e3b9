import { normalizeText } from "./normalization.ts";
import { type TermId, termId } from "./term.ts";
import { wholeForm, wordForms } from "./word-forms.ts";

/** Letters and digits with what stands between them in a code: `AB-1200/3`, `node.js`, `Müller`. */
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[-_./:][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*/gu;
const LIKE_A_NAME = /[\p{Lu}\p{N}]/u;
const LENGTH_MIN = 4;
const LENGTH_MAX = 40;
const NAMES_MAX = 2_000;
const ASKED_MAX = 20;

/**
 * The names and codes of a text, lower case, with the term by which their entries are found: words with a capital letter or a
 * digit. A question that finds nothing is compared with them, because there a typing error hides what no other word says.
 */
export function namesOf(text: string, language: string): Map<string, TermId> {
  const names = new Map<string, TermId>();
  for (const word of wordsOf(text)) {
    if (names.size >= NAMES_MAX) break;
    const name = word.toLowerCase();
    if (!LIKE_A_NAME.test(word) || names.has(name)) continue;
    const term = wholeForm(word, language) ?? wordForms(word, language)?.first;
    if (term) names.set(name, termId(term));
  }
  return names;
}

/** The words of a question that may be misspelled names, lower case. */
export const possibleNames = (question: string): string[] =>
  [...new Set(wordsOf(question).map((word) => word.toLowerCase()))].slice(0, ASKED_MAX);

const wordsOf = (text: string): string[] =>
  (normalizeText(text).match(WORD) ?? []).filter(({ length }) => length >= LENGTH_MIN && length <= LENGTH_MAX);
