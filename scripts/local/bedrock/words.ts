import snowball from "snowball-stemmers";
import * as stopword from "stopword";

const lists = stopword as unknown as Record<"eng" | "jpn" | "tha" | "zho" | "kor", readonly string[]>;

/** What a question asks with, and what it is polite with, says nothing about what it is about. */
const questionWords = `
  what which who whom whose when where why how much many long far often kind type tell explain describe give list name please want know need
  does did do is are was were can could would should will shall may might must has have had been being get got there here them us our its
  i'm i'd i've it's what's who's don't doesn't didn't can't isn't hi hello thanks thank yes ok okay called mean means about happen happens happened
  何 何か 何が 何と 何の 何で 誰 だれ いつ どこ どこか どの どれ どう どんな どのような どのように なぜ なに どちら いくつ いくら 何人 何年 何月 何日 何回 何度 何個 何歳 幾つ
  教え ください 下さい こと もの ため よう 場合 とき 時 人 的 名 名前 名称 という 呼ば 言い いわ
  อะไร ใคร เมื่อไหร่ เมื่อไร เมื่อใด ที่ไหน ไหน ใด อย่างไร ยังไง ทำไม เท่าไร เท่าไหร่ เท่าใด กี่ ไหม มั้ย หรือไม่ หรือเปล่า ช่วงไหน ครับ ค่ะ คะ นะ บ้าง คน คือ ชื่อ วัน ปี ที่ ใน จาก ได้ ให้ ของ และ เป็น มี ถูก ซึ่ง โดย ว่า ไป มา แต่ หรือ กับ แล้ว จะ ไม่
  什么 谁 哪里 哪儿 哪 哪个 哪些 何时 什么时候 多少 几 怎么 怎样 如何 为什么 为何 吗 呢 请问 请 是 它是 有
  무엇 무엇입니까 무엇인가요 누구 언제 어디 어디서 어디에 왜 어떻게 얼마 얼마입니까 얼마인가요 몇 어떤 어느 뭐 인가요 입니까 있나요 알려주세요
`;

const stopWords = new Set<string>();
for (const list of [lists.eng, lists.jpn, lists.tha, lists.zho, lists.kor])
  for (const word of list) stopWords.add(word);
for (const word of questionWords.trim().split(/\s+/)) stopWords.add(word);

const segmenter = new Intl.Segmenter("und", { granularity: "word" });
const english = snowball.newStemmer("english");
const hiraganaOnly = /^[\p{Script=Hiragana}ー]+$/u;
const eastAsian = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

const koreanParticle = /(?:입니다|입니까|인가요|에서|으로|까지|부터|에게|이다|[은는이가을를의에로와과도])$/u;

export const normalize = (text: string) => text.normalize("NFKC").toLowerCase().replaceAll("’", "'");

/** Content words: stop words out, English stemmed. Two hiragana say grammar more often than meaning. */
export function contentWords(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(normalize(text))) {
    if (!isWordLike || stopWords.has(segment)) continue;
    if (hiraganaOnly.test(segment) && segment.length < 3) continue;
    words.push(toStem(segment));
  }
  return words;
}

function toStem(word: string): string {
  if (/^[a-z']+$/.test(word)) return english.stem(word.replace(/'s?$/, ""));
  return /^\p{Script=Hangul}{3,}$/u.test(word) ? word.replace(koreanParticle, "") : word;
}

/** Words, and the bigrams of East Asian ones: a dictionary cuts names and compounds differently each time. Thai bigrams are in every text. */
export function terms(text: string): string[] {
  return contentWords(text).flatMap((word) => (eastAsian.test(word) ? [word, ...bigrams(word)] : [word]));
}

export function bigrams(word: string): string[] {
  const letters = [...word];
  return letters.length < 3 ? [] : letters.slice(1).map((letter, i) => letters[i]! + letter);
}

/** Share of the letters that are Latin: what the English encoder can read. */
export function latinShare(text: string): number {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return letters === 0 ? 1 : (text.match(/\p{Script=Latin}/gu)?.length ?? 0) / letters;
}
