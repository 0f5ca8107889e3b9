import type { Citation, Cited } from "../../../db/json.ts";
import { LIMITS } from "../../kernel/limits.ts";

/** A passage that the model was shown: of a chunk, or of a file that came with the question. */
export type Source = { title: string; page: number | null; content: string } & Cited;

export type DroppedQuote = { quote: string; reason: "not_in_source" | "source_gone" | "says_nothing" };

/** Our tags, as freely as models write them: a quote that went unnoticed would pass unverified. */
const TAGS = ["q", "quote", "unknown"];
const OPEN = /<q(?:uote)?(?:\s[^<>]*)?>/gi;
const CLOSE = /<\/q(?:uote)?(?:\s[^<>]*)?>/gi;

/**
 * Lets pass what a model says, as it says it, but a marked quote (`<q s="2">…</q>`) only when its source holds it, literally
 * but for white space. Nothing passes before the first quote that stands: an answer without any is no answer.
 */
export class QuoteFilter {
  readonly citations: Citation[] = [];
  readonly dropped: DroppedQuote[] = [];
  /** Quotes that stood in another source than the one they named. */
  reanchored = 0;
  /** What the chunks say now; one that is not here any more proves nothing. Undefined: as they were found. */
  standing?: ReadonlyMap<string, string>;
  saidUnknown = false;
  private waiting = "";
  private unsupported = "";
  private quotes = 0;
  private supportedQuotes = 0;
  /** How far what waits has been searched for its end, and where the head of an open quote ends, once that is known. */
  private searched = 0;
  private headEnd = 0;
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

  /** How many of the quotes stood in a source; undefined while there was none. */
  get supportedShare(): number | undefined {
    return this.quotes === 0 ? undefined : this.supportedQuotes / this.quotes;
  }

  get counts() {
    return { quotes: this.quotes, supported: this.supportedQuotes, reanchored: this.reanchored };
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
    if (this.headEnd > 0) return this.takeQuote(atEnd);
    const text = this.waiting;
    if (!mayBeTag(text)) return this.take(1, "<");
    const end = indexOf(/[<>]/g, text, Math.max(1, this.searched));
    if (end === undefined) return this.wait(atEnd, text === "<" ? text : "");
    if (text[end] === "<") return this.take(1, "<");
    if (/^<unknown/i.test(text)) this.saidUnknown = true;
    if (!/^<q/i.test(text)) return this.take(end + 1, ""); // closes nothing, or says nothing
    this.headEnd = end + 1;
    return this.takeQuote(atEnd);
  }

  private takeQuote(atEnd: boolean): string | undefined {
    const text = this.waiting;
    CLOSE.lastIndex = Math.max(this.headEnd, text.lastIndexOf("<", this.searched));
    const close = CLOSE.exec(text);
    if (!close) return this.wait(atEnd, "");
    return this.take(close.index + close[0].length, this.citeLast(text.slice(0, close.index)));
  }

  /** For more, of which what is here need not be searched again; at the end none comes. */
  private wait(atEnd: boolean, instead: string): string | undefined {
    this.searched = this.waiting.length;
    return atEnd ? this.take(this.waiting.length, instead) : undefined;
  }

  private take(length: number, instead: string): string {
    this.waiting = this.waiting.slice(length);
    this.searched = 0;
    this.headEnd = 0;
    return instead;
  }

  /** Of quotes that were opened without closing the one before, the last. */
  private citeLast(quotes: string): string {
    const open = [...quotes.matchAll(OPEN)].at(-1)!;
    return this.cite(quotes.slice(open.index + open[0].length), Number(/\d+/.exec(open[0])?.[0]));
  }

  private cite(quote: string, asked: number): string {
    const named = this.sources[asked - 1];
    const others = this.sources.filter((source) => source !== named);
    const found = this.firstHolding(quote, named ? [named, ...others] : others);
    this.quotes += 1;
    if (!found) return this.drop(quote);
    this.supportedQuotes += 1;
    const { source, literal } = found;
    if (source !== named) this.reanchored += 1;
    if (this.citations.length >= LIMITS.citationsMax) return "";
    const { title, page } = source;
    const same = this.citations.find((citation) => idOf(citation) === idOf(source) && citation.quote === literal);
    const marker = same?.marker ?? this.citations.length + 1;
    if (!same) this.citations.push({ marker, ...citedIn(source), title, page, quote: literal });
    return `${literal} [${marker}]`;
  }

  private firstHolding(quote: string, sources: readonly Source[]) {
    for (const source of sources) {
      const content = this.standing && source.chunkId !== null ? this.standing.get(source.chunkId) : source.content;
      const literal = content === undefined ? undefined : literalIn(quote, content);
      if (literal !== undefined) return { source, literal };
    }
    return undefined;
  }

  private drop(quote: string): "" {
    const stood = this.sources.some(({ content }) => literalIn(quote, content) !== undefined);
    const reason = !isTelling(quote) ? "says_nothing" : stood ? "source_gone" : "not_in_source";
    if (this.dropped.length < LIMITS.citationsMax) this.dropped.push({ quote, reason });
    return "";
  }
}

const idOf = ({ chunkId, attachmentId }: Cited) => chunkId ?? attachmentId;
const citedIn = ({ documentId, chunkId, attachmentId }: Source): Cited =>
  chunkId === null ? { documentId, chunkId, attachmentId } : { documentId, chunkId };

/** Whether it begins as a tag of ours does, as far as it goes. */
function mayBeTag(text: string): boolean {
  const [head, name] = /^<\/?([a-z]*)/i.exec(text) as unknown as [string, string];
  const next = text[head.length];
  if (next === undefined) return TAGS.some((tag) => tag.startsWith(name.toLowerCase()));
  return TAGS.includes(name.toLowerCase()) && /[\s>/]/.test(next);
}

function indexOf(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index;
}

/** Scripts that write words without spaces, and their punctuation: a line may end anywhere in them. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u3000-\u303f\uff00-\uffef]/u;
const LETTERS_MIN = 6;

/** Whether it says enough to bear something out: a letter or "the" stands anywhere. */
export function isTelling(quote: string): boolean {
  let letters = 0;
  for (const character of quote)
    if (/[\p{L}\p{N}]/u.test(character)) letters += UNSPACED.test(character) || /\p{N}/u.test(character) ? 3 : 1;
  return letters >= LETTERS_MIN;
}

/** The passage of the content that the quote repeats, white space aside; undefined when there is none. */
export function literalIn(quote: string, content: string): string | undefined {
  if (quote.length > LIMITS.quoteCharsMax || !isTelling(quote)) return undefined;
  let pattern = "";
  let before = "";
  for (const [, space, character] of quote.trim().matchAll(/(\s*)(\S)/gu)) {
    const isLoose = before !== "" && (UNSPACED.test(before) || UNSPACED.test(character!));
    pattern += (isLoose ? "\\s*" : space ? "\\s+" : "") + escaped(character!);
    before = character!;
  }
  const literal = new RegExp(rearmed(pattern), "u").exec(content)?.[0];
  return literal && literal.length <= LIMITS.quoteCharsMax ? literal : undefined;
}

const escaped = (character: string) => character.replace(/[.*+?^${}()|[\]\\]/, "\\$&");

/** In a prompt, what looks like one of our tags in a source is written with another character; a quote of it has that too. */
const LOOKALIKE = "\u2039";
export const disarm = (text: string): string =>
  text.replace(/<(?=\/?(?:q|quote|source|question|instructions|unknown|conversation|turn|follow_up)\b)/gi, LOOKALIKE);
const rearmed = (pattern: string): string =>
  pattern.replace(
    /\u2039(?=\/?(?:q|quote|source|question|instructions|unknown|conversation|turn|follow_up)\b)/gi,
    `[<${LOOKALIKE}]`,
  );
