import { type Token, Tokenizer, TokenizerMode } from "parse5";

/** What a reader of readable HTML is told, in document order. Names are lower case. */
export type HtmlListener = {
  open(name: string, attributes: Map<string, string>): void;
  close(name: string): void;
  text(text: string): void;
};

const voidElements = new Set("area base br col embed frame hr img input link meta param source track wbr".split(" "));
const rawText = new Set("style script xmp iframe noembed noframes noscript".split(" "));
const escapableText = new Set(["title", "textarea"]);
const never = "script style noscript template svg iframe object embed canvas audio video noframes noembed";
/** rt and rp hold the reading of ruby text, which would stand in the middle of the word it explains. */
const controls = "rt rp button select option textarea input datalist";
const unreadable = new Set(`${never} ${controls}`.split(" "));
const boilerplate = new Set(["nav", "footer", "aside"]);
const boilerplateRoles = /^(?:navigation|contentinfo|complementary|search)$/;
/** The content that a "Skip to content" leads to. */
const skipTarget = /^#(?:skip.*|(?:main|page|site)?-?(?:content|main)(?:-?(?:content|area|container))?)$/i;

/** An element of the first kind that is left open ends where one of the second kind begins. */
const endsBefore: Record<string, Set<string>> = {
  p: new Set(
    "address article aside blockquote div dl fieldset footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table ul".split(
      " ",
    ),
  ),
  li: new Set(["li"]),
  dt: new Set(["dt", "dd"]),
  dd: new Set(["dt", "dd"]),
  td: new Set(["td", "th", "tr", "tbody", "tfoot"]),
  th: new Set(["td", "th", "tr", "tbody", "tfoot"]),
  tr: new Set(["tr", "tbody", "tfoot"]),
  option: new Set(["option", "optgroup"]),
};
const closers = new Map<string, string[]>();
for (const [element, starts] of Object.entries(endsBefore)) {
  for (const start of starts) closers.set(start, [...(closers.get(start) ?? []), element]);
}
const scopes = new Set("table ul ol dl html body main article".split(" "));
const tableParts = new Set("table thead tbody tfoot tr td th body html".split(" "));
const scopeSearchDepth = 64;

/**
 * Walks HTML with parse5's tokenizer and a flat stack, and tells `listener` what a reader sees: scripts, styles, form
 * controls, hidden elements, comments and, unless `keepBoilerplate`, navigation, footers and asides are left out.
 * A tree is not built: it would take ten times the text's size, and trees of nested elements are slow or deep. Linear;
 * never throws; opens and closes are balanced.
 */
export function readHtml(html: string, listener: HtmlListener, keepBoilerplate = false): void {
  const stack: string[] = [];
  const openCount = new Map<string, number>();
  let hiddenFrom = Number.POSITIVE_INFINITY;

  const pop = () => {
    const name = stack.pop()!;
    openCount.set(name, openCount.get(name)! - 1);
    if (stack.length > hiddenFrom) return;
    if (stack.length === hiddenFrom) hiddenFrom = Number.POSITIVE_INFINITY;
    else listener.close(name);
  };
  const closeLeftOpen = (names: string[]) => {
    for (const name of names) {
      if (!openCount.get(name)) continue;
      const lowest = Math.max(0, stack.length - scopeSearchDepth);
      for (let i = stack.length - 1; i >= lowest; i--) {
        if (stack[i] === name) while (stack.length > i) pop();
        else if (scopes.has(stack[i]!)) break;
      }
    }
  };
  const text = ({ chars }: Token.CharacterToken) => {
    if (hiddenFrom === Number.POSITIVE_INFINITY) listener.text(chars);
  };

  const tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: false },
    {
      onStartTag({ tagName: name, attrs, selfClosing }) {
        const attributes = new Map(attrs.map(({ name, value }) => [name, value]));
        closeLeftOpen(closers.get(name) ?? []);
        const isEmpty =
          voidElements.has(name) ||
          (selfClosing && (openCount.get("svg") || openCount.get("math") || name.includes("-")));
        if (rawText.has(name) && !openCount.get("svg"))
          tokenizer.state = name === "script" ? TokenizerMode.SCRIPT_DATA : TokenizerMode.RAWTEXT;
        else if (escapableText.has(name) && !openCount.get("svg")) tokenizer.state = TokenizerMode.RCDATA;
        const isShown = hiddenFrom === Number.POSITIVE_INFINITY;
        const isReadable = isShown && !isUnreadable(name, attributes, keepBoilerplate);
        if (isEmpty) {
          if (isReadable) {
            listener.open(name, attributes);
            listener.close(name);
          }
          return;
        }
        if (isReadable) listener.open(name, attributes);
        else if (isShown) hiddenFrom = stack.length;
        stack.push(name);
        openCount.set(name, (openCount.get(name) ?? 0) + 1);
      },
      onEndTag({ tagName: name }) {
        if (!openCount.get(name)) return;
        // What hides a part of the page must not go on because a table in it is left open.
        if (stack[hiddenFrom] !== name && isBeyondTable(stack, name)) return;
        while (stack.at(-1) !== name) pop();
        pop();
      },
      onCharacter: text,
      onWhitespaceCharacter: text,
      onNullCharacter() {},
      onComment() {},
      onDoctype() {},
      onEof() {
        while (stack.length > 0) pop();
      },
    },
  );
  tokenizer.write(html, true);
}

/** A stray end tag in a table must not close what the table stands in. */
function isBeyondTable(stack: string[], name: string): boolean {
  const lowest = Math.max(0, stack.length - scopeSearchDepth);
  for (let i = stack.length - 1; i >= lowest; i--) {
    if (stack[i] === name) return false;
    if (stack[i] === "td" || stack[i] === "th" || stack[i] === "table") return !tableParts.has(name);
  }
  return false;
}

function isUnreadable(name: string, attributes: Map<string, string>, keepBoilerplate: boolean): boolean {
  if (unreadable.has(name)) return true;
  if (attributes.size > 0) {
    if (attributes.has("hidden") || attributes.get("aria-hidden") === "true") return true;
    if (/display\s*:\s*none|visibility\s*:\s*hidden/i.test(attributes.get("style") ?? "")) return true;
    if (!keepBoilerplate && boilerplateRoles.test(attributes.get("role") ?? "")) return true;
    if (!keepBoilerplate && name === "a" && skipTarget.test(attributes.get("href") ?? "")) return true;
  }
  if (name === "dialog") return !attributes.has("open");
  return !keepBoilerplate && boilerplate.has(name);
}
