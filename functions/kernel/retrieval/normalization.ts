const ASCII_ONLY = /^[\0-\x7f]*$/;
const PICTOGRAPH = /\p{Extended_Pictographic}|[0-9#*]\ufe0f?\u20e3/gu;
const ZERO_WIDTH_SPACE = /[\u200b\u200c]/g;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const VOWEL_POINT = /[[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]&&\p{M}]|\u0640/gv;
const DIGIT = /\p{Nd}/u;
const FOREIGN_DIGIT = /[\p{Nd}--[0-9]]/gv;
const SARA_AM = /([\u0e48-\u0e4b]?)\u0e4d([\u0e48-\u0e4b]?)\u0e32/g;
const LAO_AM = /([\u0ec8-\u0ecb]?)\u0ecd([\u0ec8-\u0ecb]?)\u0eb2/g;
const REPETITION_OR_ELLIPSIS = /ฯลฯ|[ฯๆໆ]/g;

/** One spelling where writers use two; the stemmers expect these (Romanian with cedillas, Russian without ё). */
const SPELLING: Record<string, string> = {
  "\u0219": "\u015f",
  "\u021b": "\u0163",
  "\u0218": "\u015e",
  "\u021a": "\u0162",
  ё: "е",
  Ё: "Е",
  أ: "ا",
  إ: "ا",
  آ: "ا",
  ى: "ي",
  ی: "ي",
  ک: "ك",
  ة: "ه",
  "’": "'",
  ʼ: "'",
  "‐": "-",
};
const RESPELLED = new RegExp(`[${Object.keys(SPELLING).join("")}]`, "g");

/**
 * Text as the analyzer reads it: NFKC, the digits of every script as 0-9, pictographs as spaces, without invisible
 * characters and without the vowel points of Hebrew and Arabic. Letter case is kept, for camelCase needs it.
 */
export function normalizeText(text: string): string {
  if (ASCII_ONLY.test(text)) return text;
  return text
    .replace(PICTOGRAPH, " ") // before NFKC, which would make letters of ™, ℹ and 🈚
    .normalize("NFKC")
    .replace(ZERO_WIDTH_SPACE, " ")
    .replace(INVISIBLE, "")
    .replace(VOWEL_POINT, "")
    .replace(FOREIGN_DIGIT, toAsciiDigit)
    .replace(RESPELLED, (letter) => SPELLING[letter]!)
    .replace(SARA_AM, "$1$2\u0e33") // NFKC takes ำ apart, and ICU's dictionaries know only the whole
    .replace(LAO_AM, "$1$2\u0eb3")
    .replace(REPETITION_OR_ELLIPSIS, " ");
}

/** Unicode keeps the ten digits of a script side by side, so a digit's value is the number of digits just below it. */
function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0)!;
  let value = 0;
  while (value < 9 && DIGIT.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}

const LIGATURES: Record<string, string> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};
const LIGATURE = new RegExp(`[${Object.keys(LIGATURES).join("")}]`, "g");
const ACCENTED = /([\p{Script=Latin}\p{Script=Greek}])\p{M}+/gu;

/** A lower-case word with its Latin and Greek letters bare: `café` → `cafe`, `straße` → `strasse`. */
export function foldAccents(word: string): string {
  if (ASCII_ONLY.test(word)) return word;
  const bare = word.normalize("NFD").replace(ACCENTED, "$1");
  return bare.replace(LIGATURE, (letter) => LIGATURES[letter]!).normalize("NFC");
}
