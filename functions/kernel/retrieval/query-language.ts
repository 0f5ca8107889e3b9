/**
 * What a query says. `text` is what is ranked: the query, trimmed, without its exclusions and quote marks. `phrases` must
 * stand in a result letter by letter, and stand in `text` too. `excluded` may not stand in a result.
 */
export type ParsedQuery = { text: string; phrases: string[]; excluded: { words: string[]; phrases: string[] } };

const PHRASES_MAX = 20;
const EXCLUSIONS_MAX = 50;

/**
 * Each pair by its own marks, so that an opening one looks no further than the next of its kind and all stay linear.
 * A straight quote does not open after a digit (5" is inches) nor after a Hebrew letter (צה"ל is an acronym), and its phrase
 * ends with the line: two stray ones in a pasted text are no phrase.
 */
const QUOTED = [
  String.raw`(?<![\p{N}\p{sc=Hebr}])["＂][^"＂\n]*["＂]`,
  "“[^“”]*”",
  "„[^„“”]*[“”]",
  "«[^«»]*»",
  "»[^«»]*«",
  "「[^「」]*」",
  "『[^『』]*』",
  "｢[^｢｣]*｣",
].join("|");
/** What NFKC makes a hyphen-minus; neither the hyphen ‐ nor a dash is one. */
const MINUS = "[-－﹣]";
const OPERATOR = new RegExp(String.raw`(?<!\S)${MINUS}(?:(${QUOTED})|(\p{L}\S*))\s*|${QUOTED}`, "gu");

const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
/** A lone surrogate is half of a rare letter. */
const WORD_CHARACTER = /[\p{L}\p{M}\p{N}\p{Cs}]/u;

/**
 * Reads `"a phrase"`, `-word` and `-"a phrase"`; every other character is text, and nothing is an error. The quote marks are
 * "…" “…” „…“ «…» »…« 「…」 『…』, straight ones and corners in full and half width too; an apostrophe is none. A minus
 * excludes at the beginning or after white space, when a letter or a quotation follows; a word ends at white space, with
 * its punctuation. A quotation without a letter or digit asks for nothing. What is said twice counts once; of more than 20
 * phrases the rest is text, of more than 50 exclusions the rest asks for nothing. Linear time.
 */
export function parseQuery(query: string): ParsedQuery {
  const phrases = new Set<string>();
  const excluded = { words: new Set<string>(), phrases: new Set<string>() };
  const exclude = (kind: "words" | "phrases", what: string) => {
    if (excluded.words.size + excluded.phrases.size < EXCLUSIONS_MAX) excluded[kind].add(what);
    return "";
  };
  const read = (match: string, quotation: string | undefined, word: string | undefined, start: number) => {
    if (word) return exclude("words", word);
    const phrase = inside(quotation ?? match);
    const isTelling = LETTER_OR_DIGIT.test(phrase);
    if (quotation) return isTelling ? exclude("phrases", phrase) : "";
    if (isTelling && phrases.size < PHRASES_MAX) phrases.add(phrase);
    return gapBeside(query[start - 1]) + phrase + gapBeside(query[start + match.length]);
  };
  const text = query.replace(OPERATOR, read).trim();
  return { text, phrases: [...phrases], excluded: { words: [...excluded.words], phrases: [...excluded.phrases] } };
}

const inside = (quotation: string) => quotation.slice(1, -1).trim();

/** Where a quote mark was all that parted two words, a space does. */
const gapBeside = (neighbour = "") => (WORD_CHARACTER.test(neighbour) ? " " : "");
