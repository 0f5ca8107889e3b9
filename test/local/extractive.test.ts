import { expect, test } from "vitest";
import { answerExtractively, unknown } from "../../scripts/local/bedrock/extractive.ts";
import { sentences } from "../../scripts/local/bedrock/sentences.ts";

const sources = [
  {
    id: "1",
    title: "Shipping",
    text: "Parcels leave our store in Leeds every weekday.\nDelivery to Norway takes six days and\ncosts 12.50 euros. Larger parcels travel by sea.",
  },
  {
    id: "2",
    title: "料金案内",
    text: "当館の開館時間は午前九時から午後五時までです。入館料は大人八百円、子供三百円です。月曜日は休館します。",
  },
  {
    id: "3",
    title: "ร้านกาแฟดอยช้าง",
    text: "ร้านกาแฟดอยช้างก่อตั้งเมื่อ พ.ศ. 2546 ที่จังหวัดเชียงราย เมล็ดกาแฟปลูกบนภูเขาสูง ร้านเปิดทุกวันยกเว้นวันจันทร์",
  },
  {
    id: "4",
    title: "Plans",
    text: "# Prices\n\n| Plan | Price a month | Seats |\n|---|---|---|\n| Starter | $9 | 3 |\n| Business | $49 | 25 |\n",
  },
  { id: "5", title: "退款", text: "顾客可以在三十天内申请退款。退款会在五个工作日内到账。会员享受免费配送。" },
  { id: "6", title: "서울 도서관", text: "서울 도서관은 2012년에 문을 열었다. 도서관의 휴관일은 월요일이다." },
];

async function ask(text: string, previous?: string) {
  const answer = await answerExtractively({ text, previous, sources });
  const quotes = [...answer.matchAll(/<q s="(\d+)">([\s\S]*?)<\/q>/g)].map(([, id, quote]) => ({ id, quote: quote! }));
  for (const { id, quote } of quotes) expect(sources.find((source) => source.id === id)!.text).toContain(quote);
  expect(quotes.length).toBeLessThanOrEqual(3);
  return { answer, first: quotes[0] };
}

test.each([
  ["English, over a line break", "How much does delivery to Norway cost?", "1", "12.50 euros"],
  ["Japanese", "大人の入館料はいくらですか？", "2", "八百円"],
  ["Thai", "ร้านกาแฟดอยช้างก่อตั้งเมื่อไหร่", "3", "2546"],
  ["Chinese", "退款多少天内到账？", "5", "五个工作日"],
  ["Korean", "서울 도서관의 휴관일은 언제입니까?", "6", "월요일"],
])("a question in %s is answered by the sentence that holds the answer, literally", async (_, question, id, holds) => {
  const { first } = await ask(question);
  expect(first).toMatchObject({ id, quote: expect.stringContaining(holds) });
});

test("a table answers with one whole row", async () => {
  expect((await ask("What is the price of the Business plan?")).first).toEqual({
    id: "4",
    quote: "| Business | $49 | 25 |",
  });
});

test.each([
  "Who won the football championship in 1998?",
  "What is the boiling point of mercury?",
  "富士山の高さは何メートルですか？",
  "ประเทศบราซิลมีประชากรกี่ล้านคน",
  "什么是量子力学？",
  "what and how and why?",
])("what the sources do not say is unknown: %s", async (question) => {
  expect((await ask(question)).answer).toBe(unknown);
});

test("a question that only points back is answered with the words of the one before", async () => {
  expect((await ask("And how much does it cost?", "Tell me about delivery to Norway")).first?.quote).toContain(
    "12.50 euros",
  );
});

test("without sources everything is unknown", async () => {
  expect(await answerExtractively({ text: "How much is it?", sources: [] })).toBe(unknown);
});

test("sentences are literal pieces: abbreviations, quotations, wrapped lines, lists and rows hold together", () => {
  const text =
    "Dr. Lee of the U.S. Army paid 3.5% more. A long line that a page once wrapped goes\non here. 「はい。」と言った。次です。\n- one item\n- another item\n| a | b |\n|---|---|\n| 1 | 2 |";
  const found = sentences(text);
  expect(found).toEqual([
    "Dr. Lee of the U.S. Army paid 3.5% more.",
    "A long line that a page once wrapped goes\non here.",
    "「はい。」と言った。",
    "次です。",
    "- one item",
    "- another item",
    "| a | b |",
    "| 1 | 2 |",
  ]);
  for (const sentence of found) expect(text).toContain(sentence);
});
