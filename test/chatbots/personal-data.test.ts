import { describe, expect, test } from "vitest";
import { maskPersonalData } from "../../functions/chatbots/answer/personal-data.ts";

const mask = (text: string) => maskPersonalData(text).text;

describe("what tells who somebody is", () => {
  test.each([
    ["Write to somchai.p+x@mail.example.co.th please.", "Write to {EMAIL} please."],
    ["อีเมลsomchai@example.com โทร081-234-5678", "อีเมล{EMAIL} โทร{PHONE}"],
    ["โทร ๐๘๑๒๓๔๕๖๗๘ ครับ", "โทร {PHONE} ครับ"],
    ["Call +49 (0)30 1234567 or (415) 555-2671.", "Call {PHONE} or {PHONE}."],
    ["電話０３-１２３４-５６７８です", "電話{PHONE}です"],
    ["My card is 4111 1111 1111 1111, cvc 123", "My card is {CARD}, cvc 123"],
    ["เลขบัตร 1-1017-00230-70-8", "เลขบัตร {NATIONAL_ID}"],
    ["เลขบัตร 1101700230708 โทร 0812345678", "เลขบัตร {NATIONAL_ID} โทร {PHONE}"],
    ["SSN 219-09-9999", "SSN {NATIONAL_ID}"],
    ["身份证 11010519491231002X", "身份证 {NATIONAL_ID}"],
    ["주민등록번호 900101-1234568", "주민등록번호 {NATIONAL_ID}"],
    ["マイナンバーは123456789018です", "マイナンバーは{NATIONAL_ID}です"],
    ["CPF 529.982.247-25", "CPF {NATIONAL_ID}"],
    ["DNI 12345678Z", "DNI {NATIONAL_ID}"],
    ["IBAN DE89 3704 0044 0532 0130 00.", "IBAN {IBAN}."],
  ])("is masked, and nothing beside it: %s", (text, masked) => {
    expect(mask(text)).toBe(masked);
    expect(mask(masked)).toBe(masked);
  });

  test.each([
    "It costs 1,234,567.89 in 2024-01-15 at 12:30:45.",
    "Order 4111111111111112 of item AB-1200/3.",
    "เลขบัตร 1101700230709",
    "Version 10.0.19045.3803 of 1.500.000 units",
    "ISBN 978-3-16-148410-1",
    "๒๕๖๗ บาท",
  ])("has the right check digits, or the form of it, or stays as it was: %s", (text) => {
    expect(mask(text)).toBe(text);
  });

  test("is found in time that grows with the text", () => {
    const began = performance.now();
    for (const text of ["a".repeat(20_000), "1 ".repeat(10_000), "0812345678 ".repeat(1_800), "(".repeat(20_000)])
      mask(text);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
