/** Microsoft's Symbol font from 0x20 on, in Unicode; a blank stands for what it does not have. */
const symbolFont =
  " !∀#∃%&∍()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼" +
  " ".repeat(33) +
  "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭";
/** The signs of the fonts Wingdings and Wingdings 2 that stand for something. */
const wingdings: Record<string, string> = {
  ...{ "6c": "●", "6e": "■", "6f": "□", "71": "❑", "76": "❖", a7: "▪", a8: "◻", d8: "➢", e0: "→", e8: "➔", f0: "⇨" },
  ...{
    df: "←",
    e1: "↑",
    e2: "↓",
    f3: "⇔",
    fb: "✗",
    fc: "✓",
    fd: "☒",
    fe: "☑",
    "4a": "☺",
    "4c": "☹",
    "28": "☎",
    "2a": "✉",
  },
};
const wingdings2: Record<string, string> = {
  "4f": "✗",
  "50": "✓",
  "51": "☒",
  "52": "☑",
  "53": "☒",
  "54": "☒",
  a3: "☐",
};

/** A character of a symbol font as Unicode; '' when it is a mere ornament. `code` is what Word writes, 0xf000 and more or less. */
export function symbol(font: string | undefined, code: number): string {
  const own = code >= 0xf000 && code <= 0xf0ff ? code - 0xf000 : code;
  const key = own.toString(16).padStart(2, "0");
  if (/^wingdings$/i.test(font ?? "")) return wingdings[key] ?? "";
  if (/^wingdings 2$/i.test(font ?? "")) return wingdings2[key] ?? "";
  if (own <= 0xff && (own !== code || /^symbol$/i.test(font ?? ""))) return (symbolFont[own - 0x20] ?? "").trim();
  return code <= 0xffff && !/^[\ud800-\udfff]$/.test(String.fromCharCode(code)) ? String.fromCharCode(code) : "";
}

/** Text in a symbol font is written with characters of Unicode's private area. */
export function withoutPrivate(font: string | undefined, text: string): string {
  return text.replace(/[\uf020-\uf0ff]/g, (char) => symbol(font, char.charCodeAt(0)));
}
