import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseQuery } from "../../functions/kernel/retrieval/query-language.ts";

const plain = (text: string) => ({ text, phrases: [], excluded: { words: [], phrases: [] } });
const phrasesOf = (query: string) => parseQuery(query).phrases;
const excludedFrom = (query: string) => parseQuery(query).excluded;

const anyString = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(..."\"＂“”„«»「」『』｢｣-－—'a日5 \t\n\u3000é\ud800"), maxLength: 200 }),
);

describe("quotation marks", () => {
  test("ask for a phrase, whose words are ranked too", () => {
    expect(parseQuery('how to "reset my password" now')).toEqual({
      text: "how to reset my password now",
      phrases: ["reset my password"],
      excluded: { words: [], phrases: [] },
    });
  });

  test.each(["“a b”", "„a b“", "„a b”", "« a b »", "»a b«", "「a b」", "『a b』", "｢a b｣", "＂a b＂"])(
    "may be %s",
    (query) => expect(parseQuery(query)).toEqual({ ...plain("a b"), phrases: ["a b"] }),
  );

  test("part words where nothing else does, and only there", () => {
    expect(parseQuery("東京「タワー」の料金、「大人」。").text).toBe("東京 タワー の料金、大人。");
    expect(parseQuery('ราคา"น้ำมัน"วันนี้').text).toBe("ราคา น้ำมัน วันนี้");
    expect(parseQuery('𠮷"野"𠮷').text).toBe("𠮷 野 𠮷");
    expect(parseQuery('("a b")').text).toBe("(a b)");
  });

  test.each(['the "end', 'end"', "“a “b", "”a“", "「a", "a」 b", '"', "«", "don't say 'no thanks' to O’Neill’s"])(
    "without a partner, and apostrophes, are text: %s",
    (query) => expect(parseQuery(query)).toEqual(plain(query)),
  );

  test.each(['a 5" or 3" pipe', "6'2\" and 5'4\" tall", '5½" x 7½"', "５＂と３＂", 'צה"ל וארה"ב'])(
    "that are inches or gershayim are text: %s",
    (query) => expect(parseQuery(query)).toEqual(plain(query)),
  );

  test("after inches still ask for a phrase", () => {
    expect(phrasesOf('24" monitor "IPS panel"')).toEqual(["IPS panel"]);
    expect(phrasesOf("第3「期末試験」")).toEqual(["期末試験"]);
  });

  test.each(['""', '" "', '"…"', "“?!”", "「　」"])("around no letter and no digit ask for nothing: %s", (query) => {
    expect(phrasesOf(query)).toEqual([]);
    expect(excludedFrom(`-${query}`)).toEqual({ words: [], phrases: [] });
    expect(parseQuery(`a -${query} b`)).toEqual(plain("a b"));
  });

  test("keep a minus inside from excluding", () => {
    expect(parseQuery('"ls -la now"')).toEqual({ ...plain("ls -la now"), phrases: ["ls -la now"] });
  });
});

describe("a minus", () => {
  test("excludes a word or a phrase, which are not ranked", () => {
    expect(parseQuery('-beta apple pie -crust -"puff pastry" recipe')).toEqual({
      text: "apple pie recipe",
      phrases: [],
      excluded: { words: ["beta", "crust"], phrases: ["puff pastry"] },
    });
  });

  test("may be full-width, after an ideographic space, with any quotation marks", () => {
    expect(parseQuery("観光　－東京　-「大阪 城」　名所")).toEqual({
      text: "観光　名所",
      phrases: [],
      excluded: { words: ["東京"], phrases: ["大阪 城"] },
    });
  });

  test("excludes up to the next white space", () => {
    expect(excludedFrom("pump -AB-1200/3\nvalve -C++").words).toEqual(["AB-1200/3", "C++"]);
  });

  test.each(["e-mail", "a - b", "-5", "--flag", "— so", "a –b", "−x", "-", "-_x", "- item", '-"open', '(-x) "-'])(
    "is text in %s",
    (query) => expect(parseQuery(query)).toEqual(plain(query)),
  );

  test("before the only words leaves nothing to rank", () => {
    expect(parseQuery("-beta")).toEqual({ text: "", phrases: [], excluded: { words: ["beta"], phrases: [] } });
  });
});

describe("limits", () => {
  test("of more than 20 phrases the rest is text", () => {
    const words = Array.from({ length: 25 }, (_, i) => `w${i}`);
    const { text, phrases } = parseQuery(words.map((word) => `"${word}"`).join(" "));
    expect(phrases).toEqual(words.slice(0, 20));
    expect(text).toBe(words.join(" "));
  });

  test("of more than 50 exclusions, words and phrases together, the rest asks for nothing", () => {
    const asked = Array.from({ length: 60 }, (_, i) => (i % 2 ? `-w${i}` : `-"p ${i}"`));
    const { text, excluded } = parseQuery(asked.join(" "));
    expect([excluded.words.length, excluded.phrases.length]).toEqual([25, 25]);
    expect(text).toBe("");
    expect(parseQuery([...asked, ...asked.slice(0, 50)].join(" ")).text).toBe(text);
  });

  test("what is said twice counts once", () => {
    expect(parseQuery(`${"-a ".repeat(100)}${'"b" '.repeat(30)}"c"`)).toEqual({
      text: `${"b ".repeat(30)}c`,
      phrases: ["b", "c"],
      excluded: { words: ["a"], phrases: [] },
    });
  });

  test("20,000 characters are read in milliseconds, whatever they are", () => {
    const units = ['"', "“", "„", "«", "»", "「", "-a ", '-"', ' -"', " -“a", '-"a" ', '5"', "-", " ", '“„«「『｢" -a'];
    for (const unit of units) {
      const query = unit.repeat(20_000 / unit.length);
      parseQuery(query);
      const start = performance.now();
      parseQuery(query);
      expect([unit, performance.now() - start < 100]).toEqual([unit, true]);
    }
  });
});

describe("every string", () => {
  test("is read without an error, into parts of itself", () => {
    fc.assert(
      fc.property(anyString, (query) => {
        const { text, phrases, excluded } = parseQuery(query);
        expect(text.length).toBeLessThanOrEqual(query.length);
        expect(phrases.length).toBeLessThanOrEqual(20);
        expect(excluded.words.length + excluded.phrases.length).toBeLessThanOrEqual(50);
        for (const phrase of phrases) expect(text.includes(phrase)).toBe(true);
        for (const part of [...phrases, ...excluded.words, ...excluded.phrases]) {
          expect(query.includes(part)).toBe(true);
          expect(part).toMatch(/[\p{L}\p{N}]/u);
          expect(part).toBe(part.trim());
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("without operators is text as it stands, and stays so when read again", () => {
    fc.assert(
      fc.property(anyString, (string) => {
        const query = string.replace(/["＂“”„«»「」『』｢｣]/g, "").replace(/(?<!\S)[-－﹣]+/g, "");
        const { text } = parseQuery(query);
        expect(text).toBe(query.trim());
        expect(parseQuery(text)).toEqual(plain(text));
      }),
    );
  });

  test("made of words, phrases and exclusions is taken apart again; text holds no excluded word", () => {
    const word = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 5 });
    const words = (letters: string) =>
      fc.array(word(letters), { minLength: 1, maxLength: 3 }).map((all) => all.join(" "));
    const part = fc.oneof(
      fc.record({ kind: fc.constant("text"), said: word("abกา東5'.") }),
      fc.record({ kind: fc.constant("phrase"), said: words("cdขคé") }),
      fc.record({ kind: fc.constant("word"), said: word("xyz") }),
      fc.record({ kind: fc.constant("excluded phrase"), said: words("xyzЖ") }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const written: Record<string, (said: string) => string> = {
          text: (said) => said,
          phrase: (said) => `"${said}"`,
          word: (said) => `-${said}`,
          "excluded phrase": (said) => `-“${said}”`,
        };
        const of = (...kinds: string[]) => parts.filter(({ kind }) => kinds.includes(kind)).map(({ said }) => said);
        const distinct = (said: string[]) => [...new Set(said)];
        expect(parseQuery(parts.map(({ kind, said }) => written[kind]!(said)).join(" "))).toEqual({
          text: of("text", "phrase").join(" "),
          phrases: distinct(of("phrase")),
          excluded: { words: distinct(of("word")), phrases: distinct(of("excluded phrase")) },
        });
      }),
    );
  });
});

test("a quotation ends with its line", () => {
  expect(parseQuery('the 5 o"clock\nand the 6 o"clock train').phrases).toEqual([]);
});
