import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyzeEntry, analyzeQuestion, explainQuestion } from "../../functions/kernel/retrieval/analyzer.ts";
import { segmentPhrases } from "../../functions/kernel/retrieval/segmentation.ts";
import { termId } from "../../functions/kernel/retrieval/term.ts";

const LANGUAGES = ["en", "de", "fr", "tr", "ru", "ar", "th", "ja", "zh", "ko", "und", "xx", "", "constructor"];
const anyString = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: fc.integer({ max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 200 }),
);

/** Whether every word of the question, in one form or another, stands in the entry. */
function finds(question: string, text: string, language: string, languages: readonly string[] = [language]): boolean {
  const { terms } = analyzeEntry(text, language);
  return question.split(" ").every((word) => [...analyzeQuestion(word, languages).keys()].some((id) => terms.has(id)));
}

const termsOf = (text: string, ...languages: string[]) => explainQuestion(text, languages).map(({ term }) => term);

describe("every string", () => {
  test("is analyzed without an error, to ids from 1 to 2^28 and counts above 0", () => {
    fc.assert(
      fc.property(anyString, fc.constantFrom(...LANGUAGES), (text, language) => {
        const { length, terms } = analyzeEntry(text, language);
        expect(length).toBeGreaterThanOrEqual(0);
        for (const [id, tf] of terms) expect(id >= 1 && id <= 2 ** 28 && Number.isInteger(id) && tf > 0).toBe(true);
      }),
    );
  });

  test("is found whole by asking the same text", () => {
    fc.assert(
      fc.property(anyString, fc.constantFrom(...LANGUAGES), (text, language) => {
        const asked = analyzeQuestion(text, ["en", language]);
        for (const id of analyzeEntry(text, language).terms.keys()) expect(asked.has(id)).toBe(true);
      }),
    );
  });

  test.each(["", " ", "?!… —", "😀👨‍👩‍👧🇹🇭1️⃣ ™ ℹ️ 🈚", "____ ___", "\ud800 \udc00\ud800"])(
    "has no terms when it has no words: %j",
    (text) => {
      expect(analyzeEntry(text, "en")).toEqual({ language: "en", length: 0, terms: new Map() });
    },
  );

  test("a megabyte is read in well under two seconds, whatever it holds", () => {
    for (const unit of ["password reset ", "a-", "a.", "1,234", "ภาษาไทย", "漢", "e\u0301", "_", "\ud800", "aB1"]) {
      const start = performance.now();
      analyzeEntry(unit.repeat(1_000_000 / unit.length), "en");
      expect(performance.now() - start).toBeLessThan(2000);
    }
  });

  test("keeps the 16,000 most frequent terms of more, and its whole length", () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `word${String.fromCharCode(97 + (i % 26))}${i}`);
    const entry = analyzeEntry(`${words.join(" ")} lighthouse lighthouse lighthouse`, "und");
    expect(entry.terms.size).toBe(16_000);
    expect(entry.length).toBe(20_003);
    expect(entry.terms.get(termId("lighthouse"))).toBe(3);
  });
});

describe("a term's id", () => {
  test.each([
    ["", 1],
    ["a", 116694290],
    ["edgelore", 73297314],
    ["café", 155490390],
    ["ครับ", 101345719],
    ["東京", 36784168],
    ["𠮷野", 121580706],
  ])("of %j never changes", (term, id) => expect(termId(term)).toBe(id));

  test("is MurmurHash3 x86_32: the published vector of the bytes 'test' is 0xba6bd213", () => {
    expect(termId("\u6574\u7473")).toBe((0xba6bd213 >>> 4) + 1);
  });
});

describe("languages with spaces", () => {
  test("an English word is found in its other inflections, and possessives lose their 's", () => {
    expect(finds("resetting passwords", "How to reset the customer’s password", "en")).toBe(true);
    expect(termsOf("the customer’s", "en")).toEqual(["custom"]);
  });

  test("the length counts words with repetition, without stop words", () => {
    const { length, terms } = analyzeEntry("The cat and the other cats: a café.", "en");
    expect(length).toBe(3);
    expect(terms.get(termId("cat"))).toBe(2);
  });

  test("a question of stop words only keeps them, and so does such an entry", () => {
    expect(finds("to be or not to be", "To be, or not to be", "en")).toBe(true);
    expect(termsOf("to be or not to find", "en")).toEqual(["find"]);
  });

  test("German, French, Russian, Turkish and Romanian words are stemmed by their language", () => {
    expect(finds("Kündigung Vertrags", "Verträge und Kündigungen", "de")).toBe(true);
    expect(finds("commande avion", "vos commandes, l’avion", "fr")).toBe(true);
    expect(finds("договоры", "условия договора: её срок", "ru")).toBe(true);
    expect(finds("ISPARTA ışık", "Isparta IŞIK", "tr")).toBe(true);
    expect(finds("instituţii", "instituțiile statului", "ro")).toBe(true);
  });

  test("a question is stemmed in every language of its scope, each counted once", () => {
    const asked = explainQuestion("Kündigungen cancellation", ["de", "en-US"]);
    expect(asked.map(({ term }) => term)).toEqual(expect.arrayContaining(["kundig", "kündigungen", "cancel"]));
    expect(asked.find(({ term }) => term === "cancellation")?.qtf).toBe(1);
  });

  test("an English question in a scope of many languages leans on its English stems", () => {
    const asked = explainQuestion("How do I cancel the cancellations?", ["en", "de", "fr", "th"]);
    const qtf = (term: string) => asked.find((shown) => shown.term === term)?.qtf ?? 0;
    expect(qtf("cancel")).toBe(2);
    expect(qtf("cancellation")).toBeGreaterThan(0);
    expect(qtf("cancellation")).toBeLessThan(0.2);
  });

  test("words of an unknown language are kept as they are", () => {
    expect(termsOf("running the tests", "und")).toEqual(["running", "the", "tests"]);
  });

  test("accents may be left out or written, and neither makes the text longer", () => {
    for (const [asked, written] of [
      ["cafe", "Café"],
      ["café", "CAFE"],
      ["strasse", "Straße"],
      ["tieng viet", "tiếng Việt"],
    ]) {
      expect(finds(asked!, written!, "und")).toBe(true);
    }
    expect(analyzeEntry("café", "und").length).toBe(1);
  });

  test("Arabic and Hebrew are found with or without their vowel points", () => {
    expect(finds("כתב", "כָּתַב", "he")).toBe(true);
    expect(finds("الكتاب احمد", "الكِتَابُ أحمد", "ar")).toBe(true);
  });
});

describe("languages without spaces", () => {
  test("a Thai word inside a phrase is found, with its particles left out", () => {
    expect(finds("น้ำมัน", "เปลี่ยนถ่ายน้ำมันเครื่องได้ที่ร้านครับ", "th")).toBe(true);
    expect(finds("เปิด", "ร้านเปิดกี่โมงครับ", "th")).toBe(true);
    expect(termsOf("ครับ ร้าน ค่ะ", "th")).toContain("ร้าน");
    expect(analyzeEntry("ร้าน ครับ", "th").length).toBe(1);
  });

  test("Thai am typed in two ways, Thai digits and ๆ do not hide a word", () => {
    expect(finds("น้ำ", "นํ้า", "th")).toBe(true);
    expect(finds("2566 เด็ก", "พ.ศ. ๒๕๖๖ เด็กๆ", "th")).toBe(true);
  });

  test("Japanese and Chinese words are found inside a sentence, however the dictionary splits it", () => {
    expect(finds("東京 タワー", "東京タワーへ行きました", "ja")).toBe(true);
    expect(finds("京都大", "京都大学附属病院", "ja")).toBe(true);
    expect(finds("密码", "如何重置我的密码？", "zh-Hans")).toBe(true);
  });

  test("a Korean word is found behind its particles", () => {
    expect(finds("학교 비밀번호", "학교에서 비밀번호를 바꿉니다", "ko")).toBe(true);
    expect(finds("API", "API를 호출", "ko")).toBe(true);
  });

  test("Latin words in a Thai, Japanese or Korean text are stemmed as English", () => {
    for (const [text, language] of [
      ["ตั้งค่า passwords", "th"],
      ["passwordsを変更", "ja"],
      ["passwords를 변경", "ko"],
    ]) {
      expect(finds("password", text!, language!, ["en"])).toBe(true);
    }
  });

  test("full-width and half-width forms are one", () => {
    expect(finds("ABC-123 ガイド", "ＡＢＣ－１２３ ｶﾞｲﾄﾞ", "ja")).toBe(true);
  });

  test("phrases cut together are cut as they are alone", () => {
    const phrases = ["ตากลม", "ร้านเปิดกี่โมง", "東京都", "ភាសាខ្មែរ", "ພາສາລາວ", "မြန်မာဘာသာ"];
    expect(segmentPhrases(phrases)).toEqual(phrases.flatMap((phrase) => segmentPhrases([phrase])));
  });
});

describe("identifiers and codes", () => {
  test.each([
    ["getUserName", ["getUserName", "getusername", "user", "name"]],
    ["parseHTTPRequests", ["parse", "http", "request"]],
    ["app.user_settings.max_retries", ["app.user_settings.max_retries", "retry", "settings"]],
    ["__init__", ["__init__", "init"]],
    ["AB-1200/3", ["AB-1200/3", "ab1200/3", "AB1200", "1200"]],
    ["v1.2.3", ["v1.2.3", "1.2.3"]],
    ["192.168.0.1", ["192.168.0.1", "192", "168"]],
    ["iPhone15", ["iphone15", "15", "phone"]],
    ["1,290.50 baht", ["1290.50"]],
    ["2024-01-15", ["2024-01-15", "2024"]],
    ["the e-mail", ["email", "mail"]],
    ["the U.S.A.", ["usa", "U.S.A"]],
  ])("%s is found whole and in pieces", (text, questions) => {
    for (const question of questions) expect([question, finds(question, text, "en")]).toEqual([question, true]);
  });

  test("parts make a text no longer, and count half in a question", () => {
    expect(analyzeEntry("getUserName", "en").length).toBe(1);
    expect(explainQuestion("getUserName", ["en"])).toEqual([
      { term: "getusernam", id: termId("getusernam"), qtf: 1 },
      { term: "get", id: termId("get"), qtf: 0.5 },
      { term: "user", id: termId("user"), qtf: 0.5 },
      { term: "name", id: termId("name"), qtf: 0.5 },
    ]);
  });

  test("what explain shows is what is asked", () => {
    const text = "How do I call app.getUser ที่ร้าน?";
    const shown = explainQuestion(text, ["en", "th"]).map(({ id, qtf }) => [id, qtf] as const);
    expect(new Map(shown)).toEqual(analyzeQuestion(text, ["en", "th"]));
  });
});
