import type { Json, JsonObject } from "../../../db/json.ts";

const KINDS = ["EMAIL", "IBAN", "CARD", "NATIONAL_ID", "PHONE"] as const;
type Kind = (typeof KINDS)[number];
export type Masked = { text: string; masked: Partial<Record<Kind, number>> };

/** Digits of the scripts that write numbers with their own, by their zero. */
const ZEROS = [0x660, 0x6f0, 0x966, 0xe50, 0xff10];

const EMAIL = /[A-Za-z0-9._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu;
const IBAN = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])/g;
/** Letters of identity cards stand at an edge. */
const LETTERED_ID =
  /(?<![A-Za-z0-9])(?:[XYZ]\d{7}|\d{8})-?[A-Z](?![A-Za-z0-9])|(?<![A-Za-z0-9])\d{17}X(?![A-Za-z0-9])/g;
const NUMBER = /(?<![A-Za-z0-9_])\(?\+?\d(?:[ .\-()/\u2010-\u2015]{0,3}\d){6,30}(?![A-Za-z0-9_])/g;
const GROUP = /\(?\+?\d+\)?/g;
const DIGITS_MAX = 19;

/**
 * A text with what tells who somebody is replaced by `{EMAIL}`, `{PHONE}`, `{CARD}`, `{IBAN}` or `{NATIONAL_ID}`, and how many of
 * each there were. Numbers with check digits are masked only when these are right: cards (Luhn), IBANs, and the ids of Thailand, China,
 * South Korea, Japan, Brazil and Spain; those of the United States by their form. Twice is the same as once. Linear.
 */
export function maskPersonalData(text: string): Masked {
  const masked: Masked["masked"] = {};
  const put = (kind: Kind) => {
    masked[kind] = (masked[kind] ?? 0) + 1;
    return `{${kind}}`;
  };
  const plain = (found: string) => withAsciiDigits(found);
  const result = text
    .replace(EMAIL, () => put("EMAIL"))
    .replace(/\p{Nd}+/gu, plain)
    .replace(IBAN, (found) => (isIban(found) ? put("IBAN") : found))
    .replace(LETTERED_ID, (found) => (isSpanish(found) || isChinese(found) ? put("NATIONAL_ID") : found))
    .replace(NUMBER, (found) => maskNumbers(found, put));
  return Object.keys(masked).length === 0 ? { text, masked } : { text: result, masked };
}

/** An object with every text in it masked so; the names of its fields stay. */
export const maskTextsIn = (object: JsonObject, mask: (text: string) => string): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, maskTexts(value, mask)]));

function maskTexts(value: Json, mask: (text: string) => string): Json {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((each) => maskTexts(each, mask));
  return typeof value === "object" && value !== null ? maskTextsIn(value, mask) : value;
}

/** Of digits and separators the longest runs that are somebody's number. */
function maskNumbers(run: string, put: (kind: Kind) => string): string {
  const groups = [...run.matchAll(GROUP)];
  let result = "";
  let done = 0;
  for (let from = 0; from < groups.length; from++) {
    const start = groups[from]!.index;
    for (let to = groups.length - 1; to >= from; to--) {
      const end = groups[to]!.index + groups[to]![0].length;
      const kind = kindOf(run.slice(start, end));
      if (!kind) continue;
      result += run.slice(done, start) + put(kind);
      done = end;
      from = to;
      break;
    }
  }
  return result + run.slice(done);
}

function kindOf(written: string): Kind | undefined {
  const digits = written.replace(/\D/g, "");
  if (digits.length < 7 || digits.length > DIGITS_MAX) return undefined;
  if (isNationalId(digits, written)) return "NATIONAL_ID";
  if (digits.length >= 13 && isLuhn(digits)) return "CARD";
  return isPhone(digits, written) ? "PHONE" : undefined;
}

/** In the international form, in a national one that begins with a single 0, or as North America writes it. */
function isPhone(digits: string, written: string): boolean {
  if (/^\(?\+/.test(written)) return digits.length <= 15;
  if (/^\(?0[1-9]/.test(written)) return digits.length >= 9 && digits.length <= 11;
  if (/^00[1-9]/.test(written)) return digits.length >= 11 && digits.length <= 17;
  return /^(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])\d{3}[ .-]\d{4}$/.test(written);
}

function isNationalId(digits: string, written: string): boolean {
  switch (digits.length) {
    case 9:
      return /^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/.test(written);
    case 11:
      return isBrazilian(digits);
    case 12:
      return isJapanese(digits) && !/^0/.test(digits);
    case 13:
      return isThai(digits) || isKorean(digits);
    case 18:
      return isChinese(digits);
    default:
      return false;
  }
}

const weighted = (digits: string, weights: readonly number[]) =>
  weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0);
const falling = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => from - index);

const isThai = (digits: string) =>
  /^[1-8]/.test(digits) && (11 - (weighted(digits, falling(13, 2)) % 11)) % 10 === Number(digits[12]);

const isKorean = (digits: string) =>
  /^\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[1-8]/.test(digits) &&
  (11 - (weighted(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(digits[12]);

function isJapanese(digits: string): boolean {
  const rest = weighted(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest <= 1 ? 0 : 11 - rest) === Number(digits[11]);
}

function isBrazilian(digits: string): boolean {
  if (/^(\d)\1*$/.test(digits)) return false;
  const check = (weights: readonly number[]) => ((weighted(digits, weights) * 10) % 11) % 10;
  return check(falling(10, 2)) === Number(digits[9]) && check(falling(11, 2)) === Number(digits[10]);
}

const CHINESE_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const isChinese = (written: string) =>
  /^\d{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]$/.test(written) &&
  "10X98765432"[weighted(written, CHINESE_WEIGHTS) % 11] === written[17];

function isSpanish(written: string): boolean {
  const [, first, digits, letter] = /^([XYZ]?)(\d+)-?([A-Z])$/.exec(written) ?? [];
  if (letter === undefined) return false;
  const number = Number(`${first ? "XYZ".indexOf(first) : ""}${digits}`);
  return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] === letter;
}

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    sum += index % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0 && !/^0+$/.test(digits);
}

function isIban(written: string): boolean {
  const plain = written.replaceAll(" ", "");
  if (plain.length < 15 || plain.length > 34) return false;
  let rest = 0;
  for (const character of plain.slice(4) + plain.slice(0, 4))
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

function withAsciiDigits(digits: string): string {
  let plain = "";
  for (const digit of digits) {
    const zero = ZEROS.find((zero) => digit.codePointAt(0)! >= zero && digit.codePointAt(0)! < zero + 10);
    plain += zero === undefined ? digit : String(digit.codePointAt(0)! - zero);
  }
  return plain;
}
