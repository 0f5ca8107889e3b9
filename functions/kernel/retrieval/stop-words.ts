import { dan, deu, fin, fra, hun, ita, jpn, nld, nob, por, ron, rus, spa, swe, tur, zho } from "stopword";
import { normalizeText } from "./normalization.ts";

/**
 * Snowball's English list (BSD) without its words of place and order (before, under, off …), which are often what is asked.
 * nDCG@10 with it, with the whole list, and with Lucene's 33 words: doc2dial 0.416 / 0.413 / 0.386, MTRAG 0.561 / 0.556 / 0.528,
 * LoCoMo 0.513 / 0.510 / 0.477, SciFact 0.704 / 0.703 / 0.702, Cranfield 0.500 / 0.501 / 0.489, Vue 0.978 / 0.977 / 0.979.
 */
const ENGLISH = `i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its
  itself they them their theirs themselves what which who whom this that these those am is are was were be been being
  have has had having do does did doing would should could ought i'm you're he's she's it's we're they're i've you've
  we've they've i'd you'd he'd she'd we'd they'd i'll you'll he'll she'll we'll they'll isn't aren't wasn't weren't
  hasn't haven't hadn't doesn't don't didn't won't wouldn't shan't shouldn't can't cannot couldn't mustn't let's that's
  who's what's here's there's when's where's why's how's a an the and but if or because as until while of at by for with
  about into to from in on again further then once here there when where why how all any both each few more most other
  some such no nor not only own same so than too very`;

/** The function words, question words and particles of Thai; package `stopword` also drops เปิด, ส่ง, รับ, วัน, which people ask about. */
const THAI = `กว่า กัน กับ การ ก็ ก่อน ขณะ ของ ขึ้น คง ความ คือ จะ จาก จึง ซึ่ง ดัง ด้วย ตั้งแต่ ตาม ต่อ ต่าง ต่างๆ ต้อง ถึง ถูก ถ้า ทั้ง
  ทั้งนี้ ที่ ที่สุด ทุก ทำให้ นอกจาก นัก นั้น นี้ บาง มา มาก มี ยัง ระหว่าง ราย ลง ว่า สำหรับ หรือ หลาย หาก อยู่ อย่าง ออก อะไร อาจ อีก เขา เคย
  เฉพาะ เช่น เดียวกัน เนื่องจาก เป็น เป็นการ เพราะ เพื่อ เมื่อ เรา เลย เอง แต่ แบบ และ แล้ว แห่ง โดย ใน ให้ ได้ ไป ไม่ ไว้ ครับ ค่ะ คะ นะ จ๊ะ ไหม มั้ย
  ใคร ไหน อย่างไร ยังไง ทำไม เท่าไร เท่าไหร่ เมื่อไร เมื่อไหร่ ใด ผม ฉัน ดิฉัน คุณ`;

/** Of the 598 entries of package `stopword` most are phrases, which no single word equals. */
const KOREAN = `은 는 이 가 을 를 에 의 로 으로 와 과 도 만 에서 에게 부터 까지 그 이 저 것 수 등 및 또는 그리고 그러나 하지만 때 때문에 대해 대한 위해
  위한 있는 있다 있습니다 없는 없다 하는 하다 합니다 한 할 된 되는 됩니다 이다 입니다 무엇 무엇입니까 어떻게 어떤 왜 언제 어디 누구 누가`;

const LISTS: Record<string, string | readonly string[]> = {
  da: dan,
  de: deu,
  en: ENGLISH,
  es: spa,
  fi: fin,
  fr: fra,
  hu: hun,
  it: ita,
  ja: jpn,
  ko: KOREAN,
  nb: nob,
  nl: nld,
  nn: nob,
  no: nob,
  pt: por,
  ro: ron,
  ru: rus,
  sv: swe,
  th: THAI,
  tr: tur,
  zh: zho,
};

const NONE: ReadonlySet<string> = new Set();
const sets = new Map<string, ReadonlySet<string>>();

/** The stop words of a language (ISO 639-1), normalized as the analyzer's words are; none for a language without a list. */
export function stopWords(language: string): ReadonlySet<string> {
  if (!Object.hasOwn(LISTS, language)) return NONE;
  let words = sets.get(language);
  if (!words) {
    const list = LISTS[language]!;
    const spelled = typeof list === "string" ? list.split(/\s+/) : list;
    words = new Set(spelled.map((word) => normalizeText(word).toLowerCase()));
    sets.set(language, words);
  }
  return words;
}
