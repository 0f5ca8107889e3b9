type Score = (text: string) => number;

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** Characters of every tenth word or so in Chinese; a wrong decoding hits them by chance only. */
const commonHan =
  /[的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小]/g;
const han = /[\u4e00-\u9fff]/g;
const kana = /[\u3041-\u309f\u30a1-\u30fc]/g;
const halfwidthKatakana = /[\uff61-\uff9f]/g;

/**
 * How plausible a text is in the language an encoding is for. Only characters beyond ASCII count. Scores are per
 * decoded text of the same bytes, so a double-byte character counts about twice a single-byte one.
 */
const scores: Record<string, Score> = {
  shift_jis: (t) => 3 * count(t, kana) + 0.3 * count(t, han) - 2 * count(t, halfwidthKatakana),
  "euc-jp": (t) => 3 * count(t, kana) + 0.3 * count(t, han) - 2 * count(t, halfwidthKatakana),
  "euc-kr": (t) => 2.2 * count(t, /[\uac00-\ud7a3]/g) - 2 * count(t, han) - count(t, kana),
  gb18030: (t) => count(t, han) + 4 * count(t, commonHan) - 2 * count(t, kana),
  // A Thai vowel or tone mark above or below a letter needs that letter before it.
  "windows-874": (t) =>
    count(t, /[\u0e01-\u0e2e]/g) +
    count(t, /[\u0e01-\u0e2e][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]{1,2}/g) -
    4 * count(t, /(?<![\u0e01-\u0e2e\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]/g),
  "windows-1251": (t) =>
    count(t, /[а-яё]/g) - 0.5 * count(t, /[а-яё][А-ЯЁ]/g) - 2 * count(t, /[A-Za-z][а-яА-Я]|[а-яА-Я][A-Za-z]/g),
  // Accents stand between plain letters; two in a row, or a sign inside a word, are rare in western languages.
  "windows-1252": (t) =>
    1.5 * count(t, /(?<=[A-Za-z\s"'(])[À-ÖØ-öø-ÿ](?=[A-Za-z\s.,;:!?"')]|$)/g) +
    count(t, /[‘’“”–—…€£©®°§«»¿¡·•™]/g) -
    1.5 * count(t, /[À-ÖØ-öø-ÿ]{3,}/g) -
    count(t, /[¤¦¨¬¯²³´¶¸¹¼½¾]|[a-z][¡-¿][a-z]/g),
};

/**
 * The legacy encoding in which bytes that are not UTF-8 read most plausibly: Shift_JIS, EUC-JP, EUC-KR, GB18030,
 * windows-874 (TIS-620), windows-1251 or windows-1252 (also when nothing fits, as it maps nearly every byte).
 */
export function guessLegacyEncoding(sample: Uint8Array): string {
  const asciiLetters = (text: string) => count(text, /[A-Za-z]/g);
  const letters = sample.reduce((sum, b) => sum + ((b | 32) >= 97 && (b | 32) <= 122 ? 1 : 0), 0);
  let best = { encoding: "windows-1252", score: 0 };
  for (const [encoding, score] of Object.entries(scores)) {
    const text = new TextDecoder(encoding).decode(sample, { stream: true });
    // In real text these encodings' second bytes are above ASCII (but Shift_JIS), so a letter eaten is a sign of error.
    const eaten = encoding === "shift_jis" ? 0 : letters - asciiLetters(text);
    const impossible = count(text, /[\ufffd\u0080-\u009f\ue000-\uf8ff]/g);
    const total = score(text) - 2 * eaten - 6 * impossible;
    if (total > best.score) best = { encoding, score: total };
  }
  return best.encoding;
}
