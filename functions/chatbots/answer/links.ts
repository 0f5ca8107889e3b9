/** What stands in the place of an address that goes. */
const REMOVED = "…";
/** A bracket or a tag that nothing closes for so long is none. */
const OPEN_CHARS_MAX = 2_000;
const ADDRESS_CHARS_MAX = 2_000;

/** Where an address may begin: a scheme, `//host`, `www.`, or a host with a path, which many readers make a link of too. */
const ADDRESS = new RegExp(
  [
    String.raw`(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:[\\/]{1,4}[^\s<>"]*`,
    String.raw`(?<![a-z0-9+.-])(?:mailto|javascript|data|vbscript|blob|file|tel|sms):[^\s<>"]*`,
    String.raw`(?<![:\\/\p{L}\p{N}])[\\/]{2,4}[\p{L}\p{N}][^\s<>"]*`,
    String.raw`(?<![\p{L}\p{N}_])www\.[^\s<>"]*`,
    String.raw`(?<![\p{L}\p{N}_@.-])(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}(?::\d{1,5})?[/?#][^\s<>"]*`,
  ].join("|"),
  "giu",
);
const TAG = /<[a-z!?/][^<>]*>/gi;
/** `[text](address "title")`, with or without a `!`; the text has no bracket, so inner ones come first. */
const LINK =
  /!?\[([^[\]]*)\]\(\s*(?:<([^<>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)/g;
/** `![text][label]`: its address stands elsewhere. */
const IMAGE_BY_LABEL = /!\[([^[\]]*)\](?:\[[^[\]]*\])?/g;
const DEFINITION = /^([ \t]*(?:[>*+-][ \t]+)*)\[[^[\]]+\]:\s*<?(\S+?)>?(?=\s|$)[^\n]*/gm;
const CLOSING = /[.,;:!?'")\]}*_~»”’。、，）」』]+$/u;

/**
 * Lets pass what is said, but of addresses only those that stand so in a source, letter by letter: no link or picture leads elsewhere,
 * or takes something along. What goes leaves its text. However the stream is cut, the result is the same.
 */
export class LinkFilter {
  removed = 0;
  private waiting = "";
  private readonly known: readonly string[];

  constructor(known: readonly string[]) {
    this.known = known;
  }

  push(piece: string): string {
    this.waiting += piece;
    const end = settledUntil(this.waiting);
    const settled = this.waiting.slice(0, end);
    this.waiting = this.waiting.slice(end);
    return this.clean(settled);
  }

  end(): string {
    const rest = this.waiting;
    this.waiting = "";
    return this.clean(rest, true);
  }

  private clean(text: string, isLast = false): string {
    if (!/[[<:./\\]/.test(text)) return text;
    let cleaned = text;
    for (let before = ""; before !== cleaned; ) {
      before = cleaned;
      cleaned = cleaned
        .replace(DEFINITION, (all, indent: string, address: string) =>
          this.knows(address) ? all : this.without(indent),
        )
        .replace(LINK, (all, said: string, bracketed: string | undefined, bare: string | undefined) =>
          this.knows(bracketed ?? bare ?? "") ? all : this.without(/^\d+$/.test(said) ? `[${said}]` : said),
        )
        .replace(IMAGE_BY_LABEL, (all, said: string) => (this.isQuoted(all) ? all : this.without(said)));
    }
    if (isLast) cleaned = cleaned.replace(/<[a-z!?/][^<>]*$/i, (all) => (this.isQuoted(all) ? all : this.without("")));
    return cleaned
      .replace(TAG, (all) => this.tag(all))
      .replace(ADDRESS, (found) => {
        const closing = CLOSING.exec(found)?.[0] ?? "";
        return this.knows(found) || this.knows(found.slice(0, found.length - closing.length))
          ? found
          : this.without(REMOVED + closing);
      });
  }

  /** A tag that names no address, and does nothing, is text; the address of `<https://…>` is looked at as any other. */
  private tag(tag: string): string {
    if (/^<\/?[a-z][a-z0-9-]*\s*\/?>$/i.test(tag) || this.isQuoted(tag)) return tag;
    return /^<[a-z][a-z0-9+.-]*:[^\s<>]*>$/i.test(tag) && this.knows(tag.slice(1, -1)) ? tag : this.without("");
  }

  private knows = (address: string): boolean => address !== "" && this.isQuoted(address);
  private isQuoted = (text: string): boolean =>
    text.length <= ADDRESS_CHARS_MAX && this.known.some((source) => source.includes(text));

  private without(instead: string): string {
    this.removed += 1;
    return instead;
  }
}

/** Up to where nothing that comes can change what the text is. */
function settledUntil(text: string): number {
  const tail = /[\p{L}\p{N}\x21-\x7e]*$/u.exec(text)!.index;
  // A word of a script without spaces ends nowhere; only what may be an address is waited for.
  const word = /[\x21-\x7e][\p{L}\p{N}\x21-\x7e]*$/u.exec(text.slice(tail));
  const ends = [word ? tail + word.index : text.length];
  for (let at = text.indexOf("["); at >= 0; at = text.indexOf("[", at + 1)) {
    if (text.length - at > OPEN_CHARS_MAX || isLinkClosed(text, at)) continue;
    ends.push(text[at - 1] === "!" ? at - 1 : at);
    break;
  }
  const tag = /<(?:[a-z!?/][^<>]*)?$/i.exec(text.slice(-OPEN_CHARS_MAX));
  if (tag) ends.push(Math.max(0, text.length - OPEN_CHARS_MAX) + tag.index);
  return Math.min(...ends);
}

/** Whether it is known what the bracket that opens here is. */
function isLinkClosed(text: string, open: number): boolean {
  const close = closingOf(text, open, "[", "]");
  if (close === undefined) return /\n\s*\n/.test(text.slice(open));
  const next = text[close + 1];
  if (next === undefined) return false;
  if (next === "(") return closingOf(text, close + 1, "(", ")") !== undefined || /\n\s*\n/.test(text.slice(close));
  if (next === "[") return closingOf(text, close + 1, "[", "]") !== undefined || /\n\s*\n/.test(text.slice(close));
  if (next === ":") return /^:\s*\S+\s/.test(text.slice(close + 1));
  return true;
}

function closingOf(text: string, open: number, opening: string, closing: string): number | undefined {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === opening) depth += 1;
    if (text[at] === closing) depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}
