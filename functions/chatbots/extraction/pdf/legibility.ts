/** Shares of this size make letters disorder; of running text a few percent are, of program code some more. */
const disorder = { pairsMin: 40, shareMax: 0.2 };
/** Enough of a page to tell. */
const sampleChars = 4_000;
const vowels = { lettersMin: 100, shareMin: 0.18 };

/**
 * How much of a page's text can be read. `letters` counts what is not blank, `unmapped` those of them that no letter is
 * known for; `isPlausible` is false when the letters known make no words of any language, as when a font's glyph numbers
 * were taken for letters.
 */
export type Legibility = { letters: number; unmapped: number; isPlausible: boolean };

export function legibilityOf(text: string): Legibility {
  const letters = text.replace(/\s/g, "").length;
  const unmapped = text.match(/[\ufffd\ue000-\uf8ff\p{Cn}\p{Cs}\u{f0000}-\u{10ffff}]/gu)?.length ?? 0;
  const sample = text.slice(0, sampleChars);
  return { letters, unmapped, isPlausible: hasOrder(sample) && hasVowels(sample) };
}

/** Glyph numbers as letters mix scripts inside words, and capitals after small letters. */
function hasOrder(text: string): boolean {
  let pairs = 0;
  let broken = 0;
  let before = "";
  for (const letter of text) {
    const isLetter = /\p{L}/u.test(letter);
    if (isLetter && before !== "") {
      pairs += 1;
      const [a, b] = [scriptOf(before), scriptOf(letter)];
      const isCamel = a === latin && b === latin && /\p{Ll}/u.test(before) && /\p{Lu}/u.test(letter);
      if (isCamel || (a !== b && a !== latin && b !== latin)) broken += 1;
    }
    before = isLetter ? letter : "";
  }
  return pairs < disorder.pairsMin || broken <= pairs * disorder.shareMax;
}

/** Where scripts that differ begin: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, a block each from Thaana to Tibetan … */
const scriptStarts = [
  ...[0, 0x370, 0x400, 0x530, 0x590, 0x600],
  ...Array.from({ length: 17 }, (_, i) => 0x780 + 0x80 * i),
  ...[0x10a0, 0x1100, 0x1200, 0x13a0, 0x1400, 0x1680, 0x1780, 0x1800, 0x1900, 0x1980, 0x1a00],
];
const [latin, greek, hebrew, eastAsian] = [0, 1, 4, scriptStarts.indexOf(0x1100)];

function scriptOf(letter: string): number {
  const code = letter.codePointAt(0)!;
  if (code < 0x370) return latin;
  if (code < 0x1b00) return scriptStarts.findLastIndex((start) => start <= code);
  if ((code >= 0x1e00 && code < 0x1f00) || (code >= 0xff21 && code < 0xff5b)) return latin;
  if (code >= 0x1f00 && code < 0x2000) return greek;
  if (code >= 0xfb1d && code < 0xfb50) return hebrew;
  const isInUse =
    (code >= 0x3005 && code < 0x3200) ||
    (code >= 0x4e00 && code < 0xa000) ||
    (code >= 0xac00 && code < 0xd7b0) ||
    (code >= 0xf900 && code < 0xfb00) ||
    (code >= 0xff66 && code < 0xffe0) ||
    code >= 0x20000;
  return isInUse ? eastAsian : code >> 7;
}

/** Latin text of any language is a third vowels; with each letter moved by the same number it is not. */
function hasVowels(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const latin = text.normalize("NFD").match(/[A-Za-z]/g) ?? [];
  if (latin.length < vowels.lettersMin || latin.length < 0.7 * letters) return true;
  return latin.filter((letter) => /[aeiouy]/i.test(letter)).length >= latin.length * vowels.shareMin;
}
