/**
 * How Excel shows a number, as far as it changes what the number says: a date, a share, a price. `date` names the
 * smallest part that is shown; `pad` are the digits of codes such as 00123.
 */
export type NumberFormat =
  | { kind: "general" }
  | { kind: "number"; decimals: number; decimalsMin: number; pad: number; before: string; after: string }
  | { kind: "percent"; decimals: number }
  | { kind: "moment"; date: "year" | "month" | "day" | null; hasTime: boolean; isElapsed: boolean };

const general: NumberFormat = { kind: "general" };
const formatCharsMax = 255;
const dayMs = 86_400_000;
/** 31 December 9999, the last day that Excel knows. */
const lastDay = 2_958_465;
const days1904 = 1_462;

/** The formats that a file names by number only; in East Asia 27 to 36 and 50 to 58 are dates and times as well. */
const builtInCodes: Record<number, string> = {
  ...{ 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0", 38: "#,##0", 39: "#,##0.00" },
  ...{ 40: "#,##0.00", 41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00", 5: "#,##0", 6: "#,##0" },
  ...{ 7: "#,##0.00", 8: "#,##0.00", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm" },
  ...{ 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0" },
  ...Object.fromEntries([27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => [id, "yyyy-mm-dd"])),
  ...Object.fromEntries([32, 33, 34, 35, 55, 56].map((id) => [id, "h:mm:ss"])),
};

/** Reads a format code such as `#,##0.00 "kg"` or `d. mmm yyyy`; only its first section, that of positive numbers, counts. */
export function numberFormat(code: string): NumberFormat {
  if (/general|@|E[+-]/i.test(code.split(";", 1)[0]!)) return general;
  const { mask, before, after, isElapsed } = scanned(code.slice(0, formatCharsMax).replace(/AM\/PM|A\/P/gi, ""));
  if (/[ymdhs]/.test(mask)) return momentFormat(mask, isElapsed);
  const digits = mask.replaceAll(",", "");
  // Scaled to thousands, in fractions or without digits: the number itself says it better.
  if (!/[0#?]/.test(digits) || digits.includes("/") || /[0#?],+(?:%|\.|$)/.test(mask)) return general;
  const [whole = "", fraction = ""] = digits.replace("%", "").split(".");
  if (digits.includes("%")) return { kind: "percent", decimals: fraction.length };
  const decimalsMin = fraction.match(/^0*/)![0].length;
  const pad = /^0{2,}$/.test(whole) ? whole.length : 0;
  return { kind: "number", decimals: fraction.length, decimalsMin, pad, before: unit(before), after: unit(after) };
}

/** Signs and brackets around a number are told by its sign. */
const unit = (literal: string) => (/[^\s()+-]/.test(literal) ? literal.trim() : "");

/** The code's placeholders, and the literal text before the first and after the last of its digits. */
function scanned(code: string): { mask: string; before: string; after: string; isElapsed: boolean } {
  const found = { mask: "", before: "", after: "", isElapsed: false };
  const literal = (text: string) => {
    if (/[0#?]/.test(found.mask)) found.after += text;
    else found.before += text;
  };
  for (let i = 0; i < code.length && code[i] !== ";"; i++) {
    const char = code[i]!;
    if (char === '"' || char === "[") {
      const end = code.indexOf(char === '"' ? '"' : "]", i + 1);
      const inner = code.slice(i + 1, end < 0 ? code.length : end);
      if (char === '"') literal(inner);
      else if (inner.startsWith("$")) literal(inner.slice(1).split("-")[0]!);
      else if (/^(?:h+|m+|s+)$/i.test(inner)) {
        found.mask += inner.toLowerCase();
        found.isElapsed = true;
      }
      i = end < 0 ? code.length : end;
    } else if (char === "\\") literal(code[++i] ?? "");
    else if (char === "_" || char === "*") i += 1;
    else if (/[ymdhs]/i.test(char)) found.mask += char.toLowerCase();
    else if (/[0#?.,%/]/.test(char)) {
      found.mask += char;
      if (/[0#?]/.test(char)) found.after = "";
    } else literal(char);
  }
  return found;
}

function momentFormat(mask: string, isElapsed: boolean): NumberFormat {
  const hasTime = /[hs]/.test(mask);
  const hasMonth = /m/.test(mask) && (!hasTime || /[yd]/.test(mask));
  const date = /d/.test(mask) ? "day" : isElapsed ? null : hasMonth ? "month" : /y/.test(mask) ? "year" : null;
  return { kind: "moment", date, hasTime: hasTime || isElapsed, isElapsed };
}

/** A number of a cell as a person would write it; anything else as it is. */
export function numberText(raw: string, format: NumberFormat, is1904: boolean): string {
  const value = Number(raw);
  if (raw.trim() === "" || !Number.isFinite(value)) return raw;
  if (format.kind === "general") return shortest(raw, value);
  if (format.kind === "percent") return `${fixed(value * 100, Math.max(2, format.decimals), 0)} %`;
  if (format.kind === "moment") return momentText(value, format, is1904) ?? shortest(raw, value);
  const { decimals, decimalsMin, pad, before, after } = format;
  const digits = fixed(value, Math.max(2, decimals), Number.isInteger(value) ? 0 : decimalsMin);
  const text =
    pad > 0 && value >= 0 ? digits.padStart(pad + (digits.length - digits.split(".")[0]!.length), "0") : digits;
  const [first, last] = [before && (/[\p{L}\p{N}]$/u.test(before) ? `${before} ` : before), after && ` ${after}`];
  return text.startsWith("-") && first ? `-${first}${text.slice(1)}${last}` : `${first}${text}${last}`;
}

/** Excel keeps 15 digits; what a double has beyond them is noise. Whole numbers stay as they are written, however long. */
const shortest = (raw: string, value: number) => (/^-?\d+$/.test(raw) ? raw : String(Number(value.toPrecision(15))));

function fixed(value: number, decimals: number, decimalsMin: number): string {
  const exact = Number(value.toPrecision(15));
  const text = Math.abs(exact) < 1e15 ? exact.toFixed(Math.min(decimals, 15)) : String(exact);
  if (Number(text) === 0 && exact !== 0) return String(exact);
  if (!/^-?\d+\.\d+$/.test(text)) return text;
  const point = text.indexOf(".");
  let end = text.length;
  while (end > point + 1 + decimalsMin && text[end - 1] === "0") end -= 1;
  return text.slice(0, end === point + 1 ? point : end);
}

function momentText(
  value: number,
  { date, hasTime, isElapsed }: NumberFormat & { kind: "moment" },
  is1904: boolean,
): string | null {
  const days = is1904 ? value + days1904 : value;
  if (days < 0 || days >= lastDay + 1 || (days < 1 && !hasTime)) return null;
  if (isElapsed) return elapsed(value);
  // Excel has a 29 February 1900, which never was; so its days count from another day before it.
  const start = Date.UTC(1899, 11, days < 60 ? 31 : 30);
  const iso = new Date(start + Math.round((days * dayMs) / 1_000) * 1_000).toISOString();
  const time = iso.slice(11, iso.slice(17, 19) === "00" ? 16 : 19);
  if (date === null || (days < 1 && hasTime)) return time;
  if (hasTime && time !== "00:00") return `${iso.slice(0, 10)} ${time}`;
  return iso.slice(0, { year: 4, month: 7, day: 10 }[hasTime ? "day" : date]);
}

function elapsed(days: number): string {
  const seconds = Math.round(days * 86_400);
  const two = (n: number) => String(n).padStart(2, "0");
  const time = `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}`;
  return seconds % 60 === 0 ? time : `${time}:${two(seconds % 60)}`;
}

const builtInFormats = new Map(Object.entries(builtInCodes).map(([id, code]) => [Number(id), numberFormat(code)]));

/** The format that a file names by this number alone. */
export const builtInFormat = (id: number): NumberFormat => builtInFormats.get(id) ?? general;
