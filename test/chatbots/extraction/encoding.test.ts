import { expect, test } from "vitest";
import { decodeText } from "../../../functions/chatbots/extraction/decode.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const hex = (digits: string) => Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));
const utf16 = (text: string, littleEndian: boolean) => {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
};
const utf32 = (text: string, littleEndian: boolean) => {
  const points = [...text];
  const view = new DataView(new ArrayBuffer(points.length * 4));
  for (const [i, point] of points.entries()) view.setUint32(i * 4, point.codePointAt(0)!, littleEndian);
  return new Uint8Array(view.buffer);
};
/** Bytes of a legacy encoding, by trying which bytes TextDecoder reads as each character. */
function encode(text: string, encoding: string): Uint8Array {
  const decoder = new TextDecoder(encoding);
  const table = new Map<string, number[]>();
  for (let a = 0; a < 256; a++) {
    const single = decoder.decode(Uint8Array.of(a));
    if (single.length === 1 && single !== "\ufffd") table.set(single, [a]);
    for (let b = 0x40; a > 0x80 && b < 256; b++) {
      const double = decoder.decode(Uint8Array.of(a, b));
      if (double.length === 1 && double !== "\ufffd" && !table.has(double)) table.set(double, [a, b]);
    }
  }
  return Uint8Array.from([...text].flatMap((char) => table.get(char) ?? expect.unreachable(char)));
}

const greeting = "Smørrebrød, 東京 and 🐟 for all.\n";

test.each([
  ["UTF-8", utf8(greeting)],
  ["UTF-8 with byte order mark", utf8(`\ufeff${greeting}`)],
  ["UTF-16 LE with byte order mark", utf16(`\ufeff${greeting}`, true)],
  ["UTF-16 BE with byte order mark", utf16(`\ufeff${greeting}`, false)],
  ["UTF-16 LE without byte order mark", utf16(greeting, true)],
  ["UTF-16 BE without byte order mark", utf16(greeting, false)],
  ["UTF-32 LE with byte order mark", utf32(`\ufeff${greeting}`, true)],
  ["UTF-32 BE without byte order mark", utf32(greeting, false)],
])("%s is read without loss and without a warning", (_, bytes) => {
  expect(decodeText(bytes)).toMatchObject({ text: greeting, warnings: [] });
});

test.each([
  ["shift_jis", "パスワードを忘れた場合は、設定画面から再発行できます。"],
  ["euc-jp", "パスワードを忘れた場合は、設定画面から再発行できます。"],
  ["euc-kr", "비밀번호를 잊어버린 경우 설정에서 다시 받을 수 있습니다."],
  ["gb18030", "如果您忘记了密码，可以在设置页面上重新获取。我们的服务是免费的。"],
  ["windows-874", "หากคุณลืมรหัสผ่าน สามารถขอใหม่ได้จากหน้าการตั้งค่า"],
  ["windows-1251", "Если вы забыли пароль, его можно получить заново на странице настроек."],
  ["windows-1252", "L’été, le café coûte 3 € – c’est déjà très cher à Genève."],
])("%s is told from its bytes alone", (encoding, text) => {
  expect(decodeText(encode(text, encoding))).toMatchObject({ text, encoding });
});

test("the charset a page declares is believed when its bytes are not UTF-8", () => {
  const page = `<meta charset="windows-1252"><p>${"naïve café ".repeat(3)}</p>`;
  expect(decodeText(encode(page, "windows-1252"))).toMatchObject({ text: page, encoding: "windows-1252" });
});

test("broken bytes in UTF-8 cost only themselves, and are told", () => {
  const { text, encoding, warnings } = decodeText(
    Uint8Array.of(...utf8("Müller, Jürgen, Zoë, Özil"), 0xff, ...utf8(" Ångström")),
  );
  expect(text).toBe("Müller, Jürgen, Zoë, Özil\ufffd Ångström");
  expect(encoding).toBe("utf-8");
  expect(warnings).toHaveLength(1);
});

test("one accent far into a long file is still decoded", () => {
  const bytes = Uint8Array.of(...utf8("plain words ".repeat(10_000)), ...hex("636166e92e"));
  expect(decodeText(bytes).text.endsWith("café.")).toBe(true);
});

test("line ends become one kind and control characters that Postgres refuses are left out", () => {
  expect(decodeText(utf8("a\r\nb\rc\u0000d\u0007e")).text).toBe("a\nb\ncde");
});
