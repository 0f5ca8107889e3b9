import { normalizeText } from "../../kernel/retrieval/normalization.ts";
import { tallyTerms } from "../../kernel/retrieval/tally.ts";

/** Embeddings of less than this cosine are not compared further. Those of a question and of its denial are nearer, so it is never enough. */
export const SIMILARITY_MIN = 0.8;
/** Of a wording's words so many may be left out of a question. */
const LEFT_OUT_SHARE_MAX = 0.25;

/** The words of a question without case, width and punctuation; what stands in numbers and units stays. */
export const wordsOf = (text: string): string =>
  (normalizeText(text).toLowerCase().match(SAID) ?? []).join("").replace(/\s+/g, " ").trim();
const SAID = /(?<=\d)[.,:/](?=\d)|(?<=^|\s)-(?=\d)|[#%&]|[^\p{P}]+/gu;

/**
 * Whether a question asks what a wording asks, by what embeddings pass over: the same numbers, as much denied, nothing asked for that the
 * wording does not ask for, and no word in the place of another. Words that are added must be known from the answer or from the other
 * wordings; words that take the place of others, from the other wordings. When in doubt it does not.
 */
export function asksTheSame(
  question: string,
  wording: string,
  { wordings, answer, language }: { wordings: readonly string[]; answer: string; language: string },
): boolean {
  const [asked, written] = [normalizeText(question).toLowerCase(), normalizeText(wording).toLowerCase()];
  if (!isEqual(numbersOf(asked), numbersOf(written))) return false;
  if (denials(asked) !== denials(written)) return false;
  if (!isEqual(startingPoints(asked), startingPoints(written))) return false;
  const [wants, offers] = [wantedBy(asked), wantedBy(written)];
  if (wants && offers && wants !== offers) return false;
  if (!isInOrder(namesOf(question), namesOf(wording))) return false;
  return hasTheWords(question, wording, { wordings, answer, language });
}

function hasTheWords(
  question: string,
  wording: string,
  { wordings, answer, language }: { wordings: readonly string[]; answer: string; language: string },
): boolean {
  const terms = (text: string) => new Set(tallyTerms(withoutCompared(text), language).first.keys());
  const [asked, written] = [terms(question), terms(wording)];
  const added = [...asked].filter((term) => !written.has(term));
  const leftOut = [...written].filter((term) => !asked.has(term)).length;
  if (leftOut > written.size * LEFT_OUT_SHARE_MAX) return false;
  if (added.length === 0) return true;
  const known = terms([...wordings, ...(leftOut > 0 ? [] : [answer])].join("\n"));
  return added.every((term) => known.has(term));
}

const ENGLISH_NUMBERS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " ",
  );
const ENGLISH_TENS = "thirty forty fifty sixty seventy eighty ninety".split(" ");
const THAI_NUMBERS = "ศูนย์ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ".split(" ");
const KANJI_DIGITS = "〇一二三四五六七八九";
const KANJI_NUMBER = /[〇一二三四五六七八九十百千]+(?=[日月年時分秒週回個人円台件歳枚本泊名か箇ヶ番階割倍])/gu;
/** Thai number words within others: ศูนย์ of a center, ห้าม. */
const NUMBER = new RegExp(
  `\\d+(?:[.,:/]\\d+)*|\\b(?:${[...ENGLISH_NUMBERS, ...ENGLISH_TENS].join("|")})\\b|(?:${THAI_NUMBERS.slice(1).join("|")})(?!ม)(?=\\s|วัน|เดือน|ปี|ชั่วโมง|นาที|ครั้ง|คน|ชิ้น|บาท|สัปดาห์)|${KANJI_NUMBER.source}`,
  "gu",
);

/** In their order, however they are written. */
function numbersOf(text: string): string[] {
  return (text.match(NUMBER) ?? []).map((number) => {
    if (/^\d/.test(number)) return number.replace(/,(?=\d{3}\b)/g, "");
    const unit = ENGLISH_NUMBERS.indexOf(number);
    if (unit >= 0) return String(unit);
    const ten = ENGLISH_TENS.indexOf(number);
    if (ten >= 0) return String((ten + 3) * 10);
    const thai = THAI_NUMBERS.indexOf(number);
    return String(thai >= 0 ? thai : kanjiNumber(number));
  });
}

function kanjiNumber(number: string): number {
  const units: Record<string, number> = { 十: 10, 百: 100, 千: 1_000 };
  let [sum, digits] = [0, 0];
  for (const character of number) {
    const unit = units[character];
    if (unit === undefined) digits = digits * 10 + KANJI_DIGITS.indexOf(character);
    else [sum, digits] = [sum + (digits || 1) * unit, 0];
  }
  return sum + digits;
}

/** Only ask whether: หรือไม่ denies nothing; 少ない, 必ず are words of their own. */
const NO_DENIAL = /(?:ใช่|ได้)?หรือไม่|ไม่ใช่หรือ|ไม่ว่า|อย่าง|少な|必ず|まず/gu;
const DENIAL =
  /\b(?:not|no|never|none|nor|neither|without|cannot|except|excluding|unless|nicht|kein\w*|ohne|nie|pas|sans|jamais|sin|nunca)\b|n't\b|ไม่|มิได้|ห้าม|อย่า|ยกเว้น|นอกจาก|ปราศจาก|ない|なく|なけ|ません|ずに|なし|無し|不可|禁止|以外|除[くきい]/gu;
const denials = (text: string): number => text.replace(NO_DENIAL, " ").match(DENIAL)?.length ?? 0;

/** Of "from Tokyo to Osaka" Tokyo, of which an embedding hardly says whether one goes there. */
const FROM =
  /\b(?:from|than)\s+(?:the\s+)?(\S+)|(?:จาก|กว่า)\s*([^\s]{1,12})|([^\s、。がをにはへで]{1,12})(?:から|より)/gu;
const startingPoints = (text: string): string[] =>
  [...text.matchAll(FROM)].map(([, english, thai, japanese]) =>
    (english ?? thai ?? japanese)!.replace(/[?.!？。]$/u, ""),
  );

/** What kind of thing is asked for, where words tell; "what" and "which" ask for anything. The first that fits. */
const WANTED: [wanted: string, told: RegExp][] = [
  ["price", /\bhow much\b|\b(?:price|cost)s?\b|いくら|値段|価格|เท่า(?:ไร|ไหร่)|กี่บาท|ราคา/u],
  ["count", /\bhow many\b|いくつ|何[個人台件枚本名]|กี่(?:ชิ้น|คน|อัน|เครื่อง)/u],
  ["frequency", /\bhow often\b|何回|どのくらいの頻度|บ่อยแค่ไหน|กี่ครั้ง/u],
  [
    "duration",
    /\bhow long\b|\b(?:period|duration)\b|期間|ระยะเวลา|どの[くぐ]らい|何[日年週]|何(?:時間|か月|ヶ月|カ月)|どのくらいの(?:期間|時間)|นาน(?:แค่ไหน|เท่า)|กี่(?:วัน|ปี|เดือน|ชั่วโมง)/u,
  ],
  ["place", /\bwhere\b|どこ|何処|ที่ไหน|ตรงไหน/u],
  ["time", /\bwhen\b|いつ|何時|เมื่อ(?:ไร|ไหร่|ใด)|กี่โมง/u],
  ["reason", /\bwhy\b|なぜ|どうして|ทำไม|เพราะอะไร/u],
  ["person", /\bwho(?:m|se)?\b|誰|だれ|ใคร/u],
  ["manner", /\bhow\b|どうやって|どのように|方法|อย่างไร|ยังไง|วิธี/u],
];
/** What is left for the words, once numbers and what is wanted are compared. */
const withoutCompared = (text: string): string =>
  WANTED.reduce((rest, [, told]) => rest.replace(new RegExp(told, "giu"), " "), normalizeText(text)).replace(
    new RegExp(NUMBER, "giu"),
    " ",
  );
const wantedBy = (text: string): string | undefined => WANTED.find(([, told]) => told.test(text))?.[0];

/** Words with a capital within a sentence, and katakana: names, mostly. */
const namesOf = (text: string): string[] =>
  [...text.normalize("NFKC").matchAll(/(?<=\S\s+)\p{Lu}[\p{L}\p{N}-]*|[\p{Script=Katakana}ー]{2,}/gu)].map(([name]) =>
    name.toLowerCase(),
  );

/** Whether those that both have come in the same order. */
function isInOrder(some: readonly string[], others: readonly string[]): boolean {
  return isEqual(
    some.filter((name) => others.includes(name)),
    others.filter((name) => some.includes(name)),
  );
}

const isEqual = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((each, index) => each === others[index]);
