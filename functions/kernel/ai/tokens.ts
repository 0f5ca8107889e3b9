/** Tokens a character or a run of characters costs in the tokenizers of current embedding models, roughly. */
const weights = {
  latinLetter: 1 / 4,
  otherLetter: 1 / 2.5,
  digit: 1 / 2,
  ideograph: 1,
  thaiLike: 1 / 2,
  repeated: 1 / 4,
};

const isSpace = (unit: number) => unit === 32 || unit === 9 || unit === 0xa0;
const isDigit = (unit: number) => unit >= 48 && unit <= 57;
const isLatin = (unit: number) => ((unit | 32) >= 97 && (unit | 32) <= 122 ? true : unit >= 0xc0 && unit < 0x250);
const isOtherAlphabet = (unit: number) =>
  (unit >= 0x250 && unit < 0xe00) ||
  (unit >= 0x10a0 && unit < 0x1100) ||
  (unit >= 0x1200 && unit < 0x1780) ||
  (unit >= 0x1e00 && unit < 0x2000);
/** Thai, Lao, Tibetan, Burmese, Khmer: no spaces between words, so each character counts by itself. */
const isThaiLike = (unit: number) => (unit >= 0xe00 && unit < 0x10a0) || (unit >= 0x1780 && unit < 0x1800);

/**
 * An estimate of a text's tokens for a model whose tokenizer is not public: a Latin word costs a quarter of its letters
 * and at least 1 (so 1.3 per English word), a word of another alphabet 1 per 2.5 letters, Han, kana and Hangul 1 per
 * character, Thai 1 per 2, a number 1 per 2 digits, a sign 1, a run of blank lines 1, spaces nothing. Linear;
 * whole number, 0 for ''.
 * A text never costs more than its parts do, however it is cut, if 1 is added for each line end between them.
 */
export function countTokens(text: string): number {
  let total = 0;
  let previous = 0;
  for (let i = 0; i < text.length; ) {
    const unit = text.charCodeAt(i);
    const start = i;
    if (isLatin(unit)) {
      while (i < text.length && isLatin(text.charCodeAt(i))) i += 1;
      total += Math.max(1, (i - start) * weights.latinLetter);
    } else if (isDigit(unit)) {
      while (i < text.length && isDigit(text.charCodeAt(i))) i += 1;
      total += Math.max(1, (i - start) * weights.digit);
    } else if (isOtherAlphabet(unit)) {
      while (i < text.length && isOtherAlphabet(text.charCodeAt(i))) i += 1;
      total += Math.max(1, (i - start) * weights.otherLetter);
    } else {
      total += costOfSingle(unit, previous);
      i += 1;
    }
    // Blank lines are one run, whatever spaces stand in them.
    if (previous !== 10 || !isSpace(unit)) previous = unit;
  }
  return Math.max(0, Math.ceil(total - 1e-9));
}

function costOfSingle(unit: number, previous: number): number {
  if (isSpace(unit)) return 0;
  if (unit === 10) return previous === 10 ? 0 : 1;
  if (isThaiLike(unit)) return weights.thaiLike;
  return previous === unit && unit < 0x2e80 ? weights.repeated : weights.ideograph;
}
