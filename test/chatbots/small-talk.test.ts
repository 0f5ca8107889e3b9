import { describe, expect, test } from "vitest";
import { leansOnHistory } from "../../functions/chatbots/answer/rewrite.ts";
import { smallTalkOf } from "../../functions/chatbots/answer/small-talk.ts";
import { blockedTopicIn } from "../../functions/chatbots/answer/topics.ts";

describe("small talk", () => {
  test.each([
    ["Hello!", "greeting", "en"],
    ["hi there 👋", "greeting", "en"],
    ["OK, thank you so much for your help!", "thanks", "en"],
    ["สวัสดีครับ", "greeting", "th"],
    ["ขอบคุณมากค่ะ", "thanks", "th"],
    ["こんにちは。", "greeting", "ja"],
    ["どうもありがとうございます!", "thanks", "ja"],
    ["谢谢您的帮助", "thanks", "zh"],
    ["안녕하세요?", "greeting", "ko"],
    ["Vielen Dank, tschüss", "farewell", "de"],
    ["¡Buenos días!", "greeting", "es"],
  ])("is known in its language: %s", (text, kind, language) => {
    expect(smallTalkOf(text)).toEqual({ kind, language });
  });

  test.each([
    "Hello, how long is the warranty?",
    "Thanks to whom was it built?",
    "hi-fi",
    "ok",
    "สวัสดีครับ รับประกันกี่ปี",
    "ありがとうの意味は?",
    "",
    "???",
  ])("is nothing that asks, or says nothing at all: %s", (text) => {
    expect(smallTalkOf(text)).toBeUndefined();
  });
});

describe("a question leans on what was said before", () => {
  test.each([
    ["And how much is it?", "en"],
    ["What about the small one?", "en"],
    ["Why?", "en"],
    ["แล้วราคาเท่าไร", "th"],
    ["それはいくらですか", "ja"],
  ])("where it points there: %s", (question, language) => expect(leansOnHistory(question, language)).toBe(true));

  test.each([
    ["How long is the warranty of the Aurora kettle with a steel lid?", "en"],
    ["アウロラ電気ケトルの保証期間は何年で、どの部品が対象になりますか", "ja"],
  ])("and not where it stands alone: %s", (question, language) =>
    expect(leansOnHistory(question, language)).toBe(false),
  );
});

describe("a blocked topic", () => {
  test.each([
    ["Are there lawsuits against you?", "lawsuit", "en"],
    ["Tell me about your share price.", "share prices", "en"],
    ["บริษัทถูกฟ้องร้องหรือไม่", "ฟ้องร้อง", "th"],
    ["御社への訴訟はありますか", "訴訟", "ja"],
  ])("is found in any of its forms: %s", (text, topic, language) => {
    expect(blockedTopicIn(text, ["nothing of it", topic], [language, "en"])).toBe(topic);
  });

  test("is none whose words stand in different sentences", () => {
    expect(blockedTopicIn("Please share it. The price is good.", ["share prices"], ["en"])).toBeUndefined();
  });
});
