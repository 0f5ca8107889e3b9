import type { Citation } from "../../../db/json.ts";

/** A passage that the model was shown. */
export type Source = { documentId: string; chunkId: string; title: string; page: number | null; content: string };

/** Our tags, as freely as models write them: a quote that went unnoticed would pass unverified. */
const OPEN = /<q(?:\s+s\s*=([^<>]*))?\s*>/gi;
const CLOSE = /<\/q\s*>/i;
const UNKNOWN = /^<unknown\s*\/?>/i;
/** What more text may make one of them. */
const BEGUN = /^<(?:\/(?:q\s*)?|q(?:\s+(?:s\s*(?:=[^<>]*)?)?)?|u(?:n(?:k(?:n(?:o(?:w(?:n\s*\/?)?)?)?)?)?)?)?$/i;
const QUOTE_CHARS_MAX = 2_000;

/**
 * Lets pass what a model says, as it says it, but a marked quote (`<q s="2">…</q>`) only when its source holds it, literally
 * but for white space. Nothing passes before the first quote that stands: an answer without any is no answer.
 */
export class QuoteFilter {
  readonly citations: Citation[] = [];
  /** The model said that the sources do not hold the answer. */
  unknown = false;
  private waiting = "";
  private unsupported = "";
  private readonly sources: readonly Source[];

  constructor(sources: readonly Source[]) {
    this.sources = sources;
  }

  /** Takes the next piece and returns what may be shown now. */
  push(piece: string): string {
    this.waiting += piece;
    return this.supported(this.drain(false));
  }

  /** The rest, at the end of the stream; an unclosed quote is dropped. */
  end(): string {
    return this.supported(this.drain(true));
  }

  private supported(text: string): string {
    if (this.citations.length === 0) {
      this.unsupported += text;
      return "";
    }
    const held = this.unsupported;
    this.unsupported = "";
    return held + text;
  }

  private drain(atEnd: boolean): string {
    let shown = "";
    for (;;) {
      const start = this.waiting.indexOf("<");
      if (start < 0) {
        shown += this.waiting;
        this.waiting = "";
        return shown;
      }
      shown += this.waiting.slice(0, start);
      this.waiting = this.waiting.slice(start);
      const taken = this.takeTag(atEnd);
      if (taken === undefined) return shown;
      shown += taken;
    }
  }

  /** What the tag (or mere `<`) at the beginning comes to; undefined while more must come to know. */
  private takeTag(atEnd: boolean): string | undefined {
    const text = this.waiting;
    const close = CLOSE.exec(text);
    const [open] = text.matchAll(OPEN);
    if (open?.index === 0) {
      if (!close) return atEnd ? this.take(text.length, "") : undefined;
      return this.take(close.index + close[0].length, this.citeLast(text.slice(0, close.index)));
    }
    if (close?.index === 0) return this.take(close[0].length, ""); // closes nothing
    const unknown = UNKNOWN.exec(text);
    if (unknown) {
      this.unknown = true;
      return this.take(unknown[0].length, "");
    }
    if (!BEGUN.test(text)) return this.take(1, "<");
    if (!atEnd) return undefined;
    return this.take(text.length, text === "<" ? text : "");
  }

  private take(length: number, instead: string): string {
    this.waiting = this.waiting.slice(length);
    return instead;
  }

  /** Of quotes that were opened without closing the one before, the last. */
  private citeLast(quotes: string): string {
    const open = [...quotes.matchAll(OPEN)].at(-1)!;
    return this.cite(quotes.slice(open.index + open[0].length), Number(/\d+/.exec(open[1] ?? "")?.[0]));
  }

  private cite(quote: string, asked: number): string {
    const named = this.sources[asked - 1];
    const found = firstHolding(quote, named ? [named, ...this.sources] : this.sources);
    if (!found) return "";
    const { source, literal } = found;
    const same = this.citations.find((citation) => citation.chunkId === source.chunkId && citation.quote === literal);
    const marker = same?.marker ?? this.citations.length + 1;
    if (!same) {
      const { documentId, chunkId, title, page } = source;
      this.citations.push({ marker, documentId, chunkId, title, page, quote: literal });
    }
    return `${literal} [${marker}]`;
  }
}

function firstHolding(quote: string, sources: readonly Source[]) {
  for (const source of sources) {
    const literal = literalIn(quote, source.content);
    if (literal !== undefined) return { source, literal };
  }
  return undefined;
}

/** The passage of the content that the quote repeats, white space aside; undefined when there is none. */
export function literalIn(quote: string, content: string): string | undefined {
  if (quote.length > QUOTE_CHARS_MAX || !/[\p{L}\p{N}]/u.test(quote)) return undefined;
  const words = quote.trim().split(/\s+/);
  const pattern = words.map((word) => rearmed(word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))).join("\\s+");
  const literal = new RegExp(pattern, "u").exec(content)?.[0];
  return literal && literal.length <= QUOTE_CHARS_MAX ? literal : undefined;
}

/** In a prompt, what looks like one of our tags in a source is written with another character; a quote of it has that too. */
const LOOKALIKE = "\u2039";
export const disarm = (text: string): string => text.replace(/<(?=\/?(?:q|source|question|unknown)\b)/gi, LOOKALIKE);
const rearmed = (pattern: string): string =>
  pattern.replace(/\u2039(?=\/?(?:q|source|question|unknown)\b)/gi, `[<${LOOKALIKE}]`);
