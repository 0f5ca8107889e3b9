/**
 * Thai signs in shapes that fonts of Windows and of the Mac keep in the private use area, a line a shape:
 * the first sign of the run on Windows, the signs, and where the Mac's fonts have them.
 */
const thaiShapes: [windows: number, signs: string, mac: number[]][] = [
  [0xf700, "ฐ", [0xf89e]],
  [0xf701, "\u0e34\u0e35\u0e36\u0e37", [0xf885, 0xf886, 0xf887, 0xf888]],
  [0xf705, "\u0e48\u0e49\u0e4a\u0e4b\u0e4c", [0xf88c, 0xf88f, 0xf892, 0xf895, 0xf898]],
  [0xf70a, "\u0e48\u0e49\u0e4a\u0e4b\u0e4c", [0xf88b, 0xf88e, 0xf891, 0xf894, 0xf897]],
  [0xf70f, "ญ\u0e31\u0e4d\u0e47", [0xf89a, 0xf884, 0xf899, 0xf889]],
  [0xf713, "\u0e48\u0e49\u0e4a\u0e4b\u0e4c", [0xf88a, 0xf88d, 0xf890, 0xf893, 0xf896]],
  [0xf718, "\u0e38\u0e39\u0e3a", [0xf89b, 0xf89c, 0xf89d]],
];
const thaiSigns = new Map(
  thaiShapes.flatMap(([windows, signs, mac]) =>
    [...signs].flatMap((sign, i): [string, string][] => [
      [String.fromCharCode(windows + i), sign],
      [String.fromCharCode(mac[i]!), sign],
    ]),
  ),
);

/** Radicals that stand for the character of the same shape, in pairs; those with a decomposition of their own are not here. */
const radicals =
  "⺠民⺩王⻁虎⻄西⻅见⻆角⻉贝⻋车⻑長⻓长⻔门⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻣骨⻤鬼⻥鱼⻦鸟⻨麦⻩黄⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻲亀";
const radicalOf = new Map(radicals.match(/../gu)!.map((pair): [string, string] => [pair[0]!, pair[1]!]));

/** Radicals, upright punctuation, Arabic letters as they stand in words. */
const shapes = /[\u2e80-\u2fdf\ufe10-\ufe19\ufe30-\ufe48\ufb50-\ufdfb\ufe70-\ufefc]/g;

/**
 * The letters meant where fonts name shapes: radicals for characters (日 as U+2F47), upright punctuation for plain one,
 * Arabic letters in the shape of their place, private Thai signs. Without it the text reads right and is never found.
 * Control characters, which pdf.js gives for glyphs without a letter, are U+FFFD: they must neither vanish nor reach
 * the database.
 */
export function meantCharacters(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, "\ufffd")
      .replace(shapes, meantShape)
      .replace(/[\uf700-\uf71a\uf884-\uf89e]/g, (char) => thaiSigns.get(char) ?? char)
  );
}

function meantShape(char: string): string {
  const meant = radicalOf.get(char) ?? char.normalize("NFKC");
  // Upright punctuation is as wide as the letters around it.
  return /^[!-~]$/.test(meant) ? String.fromCharCode(meant.charCodeAt(0) + 0xfee0) : meant;
}

const accents: Record<string, string> = {
  ...{ ˆ: "\u0302", "˜": "\u0303", "¨": "\u0308", ˇ: "\u030c", "˘": "\u0306" },
  ...{ "˚": "\u030a", "¸": "\u0327", "˙": "\u0307", "˝": "\u030b" },
};

/** Text as written, from glyphs that were joined by their places: accents, Thai signs and spaces set right. */
export function settled(text: string): string {
  let settled = text;
  if (/[ˆ˜¨ˇ˘˚¸˙˝]/.test(settled)) settled = withAccents(settled);
  if (/[\u0e00-\u0eff]/.test(settled)) settled = withThaiOrder(settled);
  if (/[\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]/.test(settled)) settled = withoutGlyphSpaces(settled);
  return settled;
}

/**
 * TeX's older fonts draw ü as ¨ and u; searched as two signs it would never be found. Acute and grave stay, as many
 * write them for an apostrophe.
 */
function withAccents(text: string): string {
  return text.replace(/([ˆ˜¨ˇ˘˚¸˙˝]) ?([A-Za-zı])/g, (whole, mark: string, letter: string) => {
    const composed = ((letter === "ı" ? "i" : letter) + accents[mark]).normalize("NFC");
    return composed.length === 1 ? composed : whole;
  });
}

/**
 * Thai as it is typed: the vowel sign before the tone, ำ as one letter, and no space where no word can begin (before
 * a sign or a vowel that follows) or end (after a vowel that leads). Lao's ຳ likewise.
 */
function withThaiOrder(text: string): string {
  return text
    .replace(/ +(?=[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd])/g, "")
    .replace(/([\u0e40-\u0e44]) +(?=[\u0e01-\u0e2e])/g, "$1")
    .replace(/([\u0e48-\u0e4c])([\u0e31\u0e34-\u0e3a\u0e47\u0e4d])/g, "$2$1")
    .replace(/\u0e4d([\u0e48-\u0e4b]?)\u0e32/g, "$1\u0e33")
    .replace(/\u0e33([\u0e48-\u0e4b])/g, "$1\u0e33")
    .replace(/\u0e33\u0e32/g, "\u0e33") // LibreOffice names the whole letter with its first half
    .replace(/\u0ecd([\u0ec8-\u0ecb]?)\u0eb2/g, "$1\u0eb3");
}

const wide = "\\u3001-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\uff01-\\uff9f";
const betweenWide = new RegExp(`([${wide}]) +(?=[${wide}])`, "g");
const spreadHangul = /^(?:[\uac00-\ud7a3] ){2,}[\uac00-\ud7a3]$/;

/** Figures are set a quarter of a letter apart from East Asian ones. What is counted and its number are one word. */
const beforeCounter = /(\d) +(?=[年月日時分秒円元万億千人名個个件回条項号章節歳岁枚台社度点倍階页頁년월일원명개])/g;
const afterCounter = /([年月日第約约]) +(?=\d)/g;

/**
 * Glyphs of Chinese and Japanese set apart are no words, nor are three syllables of Korean that each stand alone
 * (신 청 서); in Korean text all other spaces are the author's.
 */
function withoutGlyphSpaces(text: string): string {
  const counted = text.replace(beforeCounter, "$1").replace(afterCounter, "$1");
  if (/[\uac00-\ud7a3]/.test(text)) return spreadHangul.test(text) ? text.replaceAll(" ", "") : counted;
  return counted
    .replace(betweenWide, "$1")
    .replace(/ +(?=[、。，．」』】〕）])/g, "")
    .replace(/([、。，．「」『』【】〔〕（）]) +/g, "$1");
}

/** Whether it is one letter of Chinese or Japanese, or one syllable of Korean: what may stand in a column, or be spread. */
export const isWideLetter = (text: string) =>
  /^[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]$/.test(text) ||
  /^[\ud840-\ud87f][\udc00-\udfff]$/.test(text);
