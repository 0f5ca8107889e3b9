import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { disarm, isTelling, literalIn, QuoteFilter, type Source } from "../../functions/chatbots/answer/quotes.ts";

const source = (chunkId: string, content: string): Source => ({
  documentId: `document of ${chunkId}`,
  chunkId,
  title: "Manual",
  page: 1,
  content,
});
const KETTLE = source(
  "kettle",
  "The kettle holds 1.5 litres. It costs $30 (plus tax).\nThe warranty\n  lasts two years.",
);
const TOASTER = source("toaster", "The toaster has two slots. [Note] Never use it near water.");
const SOURCES = [KETTLE, TOASTER];

/** What a filter lets pass of a text that comes in these pieces. */
function heard(pieces: readonly string[], sources: readonly Source[] = SOURCES) {
  const filter = new QuoteFilter(sources);
  const shown = pieces.map((piece) => filter.push(piece)).join("") + filter.end();
  return { shown, citations: filter.citations };
}
const said = (text: string, sources?: readonly Source[]) => heard([text], sources);
const quotesOf = ({ citations }: { citations: { chunkId: string | null; quote: string }[] }) =>
  citations.map(({ chunkId, quote }) => [chunkId, quote]);

describe("a quote that stands", () => {
  test("is shown with the number of its citation", () => {
    const { shown, citations } = said('It is large: <q s="1">The kettle holds 1.5 litres.</q> Enjoy.');
    expect(shown).toBe("It is large: The kettle holds 1.5 litres. [1] Enjoy.");
    expect(citations).toEqual([
      {
        marker: 1,
        documentId: "document of kettle",
        chunkId: "kettle",
        title: "Manual",
        page: 1,
        quote: "The kettle holds 1.5 litres.",
      },
    ]);
  });

  test("has the source's white space, not the model's", () => {
    const { shown, citations } = said('<q s="1"> The  warranty lasts\ttwo years. </q>');
    expect(citations[0]!.quote).toBe("The warranty\n  lasts two years.");
    expect(shown).toBe("The warranty\n  lasts two years. [1]");
  });

  test.each([
    ["保証期間は二年です。", "アウロラの保証\n期間は 二年です。箱"],
    ["アウロラの 保証 期間", "アウロラの保証\n期間は二年です。"],
    ["รับประกันสองปี", "กาต้มน้ำรับประกัน\nสองปีเต็ม"],
    ["costs ¥3,000 （税込）", "It costs ¥3,000（税込） there"],
  ])("is found where a script has no spaces between words and a line was broken: %s", (quote, content) => {
    const [citation] = said(`<q s="1">${quote}</q>`, [source("one", content)]).citations;
    expect(content).toContain(citation!.quote);
    expect(citation!.quote.replace(/\s/g, "")).toBe(quote.replace(/\s/g, ""));
  });

  test("is not found where a space tells two words from one", () => {
    expect(said('<q s="1">thewarranty</q>').citations).toEqual([]);
    expect(said('<q s="1">war ranty</q>').citations).toEqual([]);
  });

  test("under a wrong number is cited from the source that holds it", () => {
    for (const number of ["1", "7", "999", "0", "2, 9"])
      expect(quotesOf(said(`<q s="${number}">two slots</q>`))).toEqual([["toaster", "two slots"]]);
  });

  test("of a passage that several sources hold is cited from the one that it names", () => {
    const twins = [source("a", "same words"), source("b", "same words")];
    expect(quotesOf(said('<q s="2">same words</q>', twins))).toEqual([["b", "same words"]]);
  });

  test("repeated keeps its number, and another gets the next", () => {
    const { shown, citations } = said('<q s="2">two slots</q>, <q s="1">1.5 litres</q>, <q s="2">two slots</q>');
    expect(shown).toBe("two slots [1], 1.5 litres [2], two slots [1]");
    expect(citations.map(({ marker }) => marker)).toEqual([1, 2]);
  });

  test("may hold what means something in a regular expression", () => {
    const odd = "a.*b+c? ^$ {1} (x|y) [z] \\d / - , # & ~";
    expect(quotesOf(said(`<q s="1">${odd}</q>`, [source("odd", `before ${odd} after`)]))).toEqual([["odd", odd]]);
    expect(said('<q s="1">.*</q>').citations).toEqual([]);
    expect(quotesOf(said('<q s="1">costs $30 (plus tax).</q>'))).toEqual([["kettle", "costs $30 (plus tax)."]]);
  });

  test.each([
    "<q s=1>",
    "<q s='1'>",
    '<q  s = "1" >',
    '<Q S="1">',
    "<q>",
    '<q s="">',
    '<q s="[1]">',
    '<q s="1" p="3">',
  ])("is found however its tag is written: %s", (open) => {
    expect(said(`${open}two slots</q>`).shown).toBe("two slots [1]");
    expect(said(`${open}two slots</Q >`).shown).toBe("two slots [1]");
  });
});

describe("nothing that is no quote of a source passes as one", () => {
  test.each([
    '<q s="1">The kettle flies.</q>',
    "<q>The kettle flies.</q>",
    '<q s="1" >The kettle flies.</Q>',
    '<q s="1,2">The kettle flies.</q>',
    '<q s="123456">The kettle flies.</q>',
    `<q s="1" title="${"long ".repeat(50)}">The kettle flies.</q>`,
    '<q s="1">The kettle flies.',
    '<q s="1">The kettle flies. <q s="2">two slots</q>',
    '<q s="1">The kettle holds 1.5 litres. The kettle flies.</q>',
    '<q s="1">the KETTLE flies. 1.5 litres</q>',
  ])("an invented passage: %s", (invented) => {
    const { shown } = said(`<q s="2">two slots</q> and ${invented}`);
    expect(shown).not.toMatch(/flies/i);
    expect(shown).not.toMatch(/<\/?q/i);
    expect(shown.startsWith("two slots [1] and ")).toBe(true);
  });

  test("a passage put together from two sources", () => {
    expect(said('<q s="1">lasts two years. The toaster has two slots.</q>')).toMatchObject({
      shown: "",
      citations: [],
    });
  });

  test("a passage of marks or of nothing", () => {
    for (const nothing of ["", " ", ".", "[", "...", "$"])
      expect(said(`<q s="1">${nothing}</q>text`)).toMatchObject({ shown: "", citations: [] });
  });

  test("a passage longer than a citation may be, and what follows it does", () => {
    const long = "word ".repeat(1_000);
    const text = `<q s="1">two slots</q> <q s="1">${long}</q> after`;
    const sources = [TOASTER, source("long", long)];
    expect(said(text, sources)).toMatchObject({ shown: "two slots [1]  after", citations: [{ chunkId: "toaster" }] });
    expect(heard(text.match(/.{1,4}/gs)!, sources)).toEqual(said(text, sources));
  });

  test("a passage that only the source's white space makes too long", () => {
    const content = Array.from({ length: 300 }, () => "word").join(" ".repeat(50));
    const quote = Array.from({ length: 300 }, () => "word").join(" ");
    expect(said(`<q s="1">${quote}</q>`, [source("wide", content)]).citations).toEqual([]);
  });
});

describe("before the first quote that stands", () => {
  test("nothing passes, then all that came before it", () => {
    const filter = new QuoteFilter(SOURCES);
    expect(filter.push("I know this. ")).toBe("");
    expect(filter.push('<q s="1">invented</q> Surely. ')).toBe("");
    expect(filter.push('<q s="2">two slots')).toBe("");
    expect(filter.push("</q>")).toBe("I know this.  Surely. two slots [1]");
    expect(filter.push(" Bye.")).toBe(" Bye.");
  });

  test("an answer without any is no answer", () => {
    expect(said("The sky is blue, trust me.")).toMatchObject({ shown: "", citations: [] });
  });
});

describe("what the model says about itself", () => {
  test("that it does not know is noticed, and never shown", () => {
    for (const unknown of ["<unknown/>", "<unknown />", "<unknown>", "<UNKNOWN/>"])
      expect(said(unknown)).toEqual({ shown: "", citations: [] });
    expect(said('<q s="2">two slots</q> and <unknown/> more')).toMatchObject({
      shown: "two slots [1] and  more",
    });
  });

  test("a tag that the end cuts off is not shown", () => {
    for (const cut of ["<q", "<q ", '<q s="1', '<q s="1"', "</", "</q", "<un", "<unknown", "<unknown/"])
      expect(said(`<q s="2">two slots</q> and ${cut}`).shown).toBe("two slots [1] and ");
  });

  test("a closing tag that closes nothing is not shown", () => {
    expect(said('<q s="2">two slots</q></q> and </q>more').shown).toBe("two slots [1] and more");
  });
});

test("what is no tag of ours passes as text", () => {
  const html = "<b>bold</b> <script>alert(1)</script> <ul><li>x</ul> <question> a <b and c> d <3 <qu 1<2 <";
  expect(said(`<q s="2">two slots</q> ${html}`).shown).toBe(`two slots [1] ${html}`);
});

describe("tags of ours inside a source", () => {
  const page = source(
    "page",
    'In HTML <q s="2">a quote</q> is short. <unknown/> is no tag; ‹question› has guillemets.',
  );

  test("are disarmed for the model and quoted as they stand", () => {
    const shown = disarm(page.content);
    expect(shown).not.toMatch(/<\/?(q|source|question|unknown)\b/i);
    expect(quotesOf(said(`<q s="1">${shown}</q>`, [page]))).toEqual([["page", page.content]]);
  });

  test("do not keep a source's own guillemets from being quoted", () => {
    expect(quotesOf(said('<q s="1">‹question› has guillemets.</q>', [page]))).toEqual([
      ["page", "‹question› has guillemets."],
    ]);
  });
});

describe("for any text, cut anywhere", () => {
  const words = fc.array(fc.constantFrom("two", "slots", "água", "水", "🫖", "$1", "(x)", "\\", "a.b", "‹q", "<b>"), {
    minLength: 1,
    maxLength: 12,
  });
  const contents = fc.array(
    words.map((list) => list.join(" ")),
    { minLength: 1, maxLength: 3 },
  );
  const piece = fc.constantFrom(
    ...["<", "</", "q", ">", "s=", '"1"', '<q s="1">', '<q s="2">', "<q>", "</q>", "<unknown/>", "<u", "/", " ", "\n"],
    ...["two slots", "two", "slots", "água 水", "🫖", "invented", "<b>", "&lt;", "‹q", "[1]"],
  );
  const texts = fc.array(piece, { maxLength: 40 }).map((list) => list.join(""));
  const cuts = fc.array(fc.nat(200), { maxLength: 30 });
  const cutAt = (text: string, at: readonly number[]) => {
    const places = [...new Set(at.filter((place) => place < text.length))].sort((a, b) => a - b);
    return [0, ...places].map((place, index) => text.slice(place, places[index]));
  };

  test("the outcome does not depend on the cuts, and every citation stands in its source", () => {
    fc.assert(
      fc.property(contents, texts, cuts, (list, text, at) => {
        const sources = list.map((content, index) => source(String(index), content));
        const whole = said(text, sources);
        expect(heard(cutAt(text, at), sources)).toEqual(whole);
        expect(heard([...text], sources)).toEqual(whole);
        for (const { chunkId, quote, marker } of whole.citations) {
          expect(sources[Number(chunkId)]!.content).toContain(quote);
          expect(whole.shown).toContain(`${quote} [${marker}]`);
        }
        if (whole.citations.length === 0) expect(whole.shown).toBe("");
      }),
      { numRuns: 2_000 },
    );
  });

  test("what is true is shown, what is invented is not, and the rest is as it was said", () => {
    const plain = fc.constantFrom("So: ", "é 水 ", "<b>yes</b> ", "1 < 2 ", "(a) [b] ");
    const part = fc.oneof(
      plain.map((text) => ({ text, shown: () => text })),
      fc.constantFrom(...SOURCES).chain(({ content }) =>
        fc.tuple(fc.nat(content.length - 1), fc.nat(content.length)).map(([from, length]) => {
          const quote = content.slice(from, from + length).trim();
          const stands = isTelling(quote);
          return {
            text: `<q s="1">${quote}</q>`,
            shown: stands ? (marker: (q: string) => number) => `${quote} [${marker(quote)}]` : () => "",
          };
        }),
      ),
      fc.constantFrom("fake", "The toaster flies.", "two slots fake").map((text) => ({
        text: `<q s="2">${text}</q>`,
        shown: () => "",
      })),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), cuts, (parts, at) => {
        const { shown, citations } = heard(cutAt(parts.map(({ text }) => text).join(""), at));
        const markerOf = (quote: string) => citations.find((citation) => citation.quote === quote)?.marker ?? -1;
        const expected = parts.map((one) => one.shown(markerOf)).join("");
        expect(shown).toBe(citations.length > 0 ? expected : "");
        expect(shown).not.toMatch(/fake|flies/);
      }),
      { numRuns: 2_000 },
    );
  });

  test("any passage of a content is found in it, whatever characters it has", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.nat(50), fc.nat(50), (content, from, length) => {
        const passage = content.slice(from, from + length).trim();
        fc.pre(isTelling(passage) && passage.isWellFormed());
        expect(literalIn(passage, content)).toBe(passage);
      }),
    );
  });
});

test("however a model opens a quote, it is verified, and so little that it stands anywhere bears nothing out", () => {
  for (const open of ['<q id="1">', '<q source="1">', '<quote s="1">', "<q and more>", "<Q S='1'>"])
    expect(said(`<q s="2">two slots</q> ${open}lifetime warranty</q>`).shown).toBe("two slots [1] ");
  for (const little of ["a", "the", "1"]) expect(said(`All kettles explode. <q s="1">${little}</q>`).shown).toBe("");
});

test("a stream that would take long to search is searched once", () => {
  const started = performance.now();
  for (const begun of ["<q s=", '<q s="1">', "<q s=1>x</q", "<unknown"]) {
    const filter = new QuoteFilter(SOURCES);
    for (let index = 0; index < 20_000; index++) filter.push(index === 0 ? begun : "    ");
    filter.end();
  }
  expect(performance.now() - started).toBeLessThan(5_000);
});
