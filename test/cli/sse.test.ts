import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEvents, type SentEvent } from "../../scripts/client/sse.ts";

async function* cut(bytes: Uint8Array, places: number[]) {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...ends, bytes.length]) {
    yield bytes.slice(from, to);
    from = to;
  }
}

async function parse(text: string, places: number[] = []) {
  const events: SentEvent[] = [];
  for await (const event of parseEvents(cut(new TextEncoder().encode(text), places))) events.push(event);
  return events;
}

const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const value = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\0]/g, ""));
const sent = fc.record({
  event: value.filter((text) => text !== ""),
  data: fc.array(value, { minLength: 1, maxLength: 4 }),
  id: value,
  comment: value,
});

describe("a stream of events", () => {
  test("is read the same wherever its bytes are cut, whatever ends its lines", () =>
    fc.assert(
      fc.asyncProperty(fc.array(sent), lineEnd, fc.array(fc.nat(), { maxLength: 40 }), async (events, end, places) => {
        const lines = events.flatMap(({ event, data, id, comment }) => [
          `:${comment}`,
          `event: ${event}`,
          ...data.map((line) => `data: ${line}`),
          `id: ${id}`,
          "unknown: field",
          "",
        ]);
        const expected = events.map(({ event, data, id }): SentEvent => ({ event, data: data.join("\n"), id }));
        expect(await parse(lines.map((line) => line + end).join(""), places)).toEqual(expected);
      }),
    ));

  test("is read the same byte by byte as whole, whatever it holds", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("data", ":", " ", "\r", "\n", "é", "😀", "event", "id")),
        async (parts) => {
          const text = parts.join("");
          const everywhere = Array.from({ length: new TextEncoder().encode(text).length }, (_, index) => index);
          expect(await parse(text, everywhere)).toEqual(await parse(text));
        },
      ),
    ));

  test("gives an event as soon as its blank line is there, though the LF of a CRLF is still to come", async () => {
    const events = parseEvents(
      (async function* () {
        yield new TextEncoder().encode("data: now\r\n\r");
        await new Promise(() => {});
      })(),
    );
    expect((await events.next()).value).toMatchObject({ data: "now" });
  });

  test("drops an event that is cut off, and one without data", async () => {
    expect(await parse("event: a\n\ndata\n\ndata: whole\n\ndata: cut\n")).toEqual([
      { event: "message", data: "", id: "" },
      { event: "message", data: "whole", id: "" },
    ]);
  });
});
