import { type Block, ExtractionError } from "./extracted.ts";
import { readHtml } from "./html-tokens.ts";
import { recordBlockChars, recordCharsMax } from "./limits.ts";
import { tableRow } from "./lines.ts";

const question =
  /^(?:faq[ _-]?)?(?:questions?|q|query|prompt|instruction|frage|pregunta|pergunta|domanda|質問|問い|问题|คำถาม)(?:[ _-](?:text|title|body|[a-z]{2}))?$/i;
const answer =
  /^(?:faq[ _-]?)?(?:answers?|a|response|reply|completion|output|solution|antwort|réponse|respuesta|resposta|risposta|回答|答え|答案|คำตอบ)(?:[ _-](?:text|title|body|[a-z]{2}))?$/i;
const title = /^(?:title|headline|subject|heading|titel|titre|título|titolo|タイトル|件名|标题|ชื่อเรื่อง)$/i;
const name = /^(?:name|label|topic|full[ _-]?name|display[ _-]?name|nombre|nom|名前|名称|ชื่อ)$/i;
const identifier = /^(?:_?id|uuid|key|slug|sku|code|number|no\.?|file(?:[ _-]?name)?|path|url|e-?mail)$/i;
const headingCharsMax = 300;
/** A value longer than this is a paragraph by itself; shorter ones are lines of a list. */
const lineCharsMax = 240;
const listCharsMax = 65_536;
const rowsPerBatch = 1_000;

/** Whether records with these keys are questions with answers, which belong together whatever their length. */
export const isQuestionAndAnswer = (keys: readonly string[]) =>
  keys.some((key) => question.test(key.trim())) && keys.some((key) => answer.test(key.trim()));

/** How well a key's value names its record: 1 best, null not at all. An identifier (4) is worth telling twice. */
export function headingRank(key: string): 1 | 2 | 3 | 4 | null {
  const trimmed = key.trim();
  if (question.test(trimmed)) return 1;
  if (title.test(trimmed)) return 2;
  if (name.test(trimmed)) return 3;
  return identifier.test(trimmed) ? 4 : null;
}

/** A value as a heading, or null when it is blank or too long to be one. */
export function headingOf(value: string): string | null {
  if (value.length > headingCharsMax * 4) return null;
  const text = readable(value).replace(/\s+/g, " ").trim();
  return text === "" || text.length > headingCharsMax ? null : text;
}

const markup = /<(?:p|div|br|ul|ol|li|h[1-6]|table|span|strong|b|em|a)\b[^<>]*>/i;
const lineElements = new Set("p div br ul ol li h1 h2 h3 h4 h5 h6 table tr blockquote pre section".split(" "));

/** Help desks export their articles as HTML inside of a value. */
function readable(value: string): string {
  if (!markup.test(value.slice(0, 2_000))) return value;
  const parts: string[] = [];
  const end = (element: string) => {
    if (lineElements.has(element)) parts.push("\n");
    else if (element === "td" || element === "th") parts.push(" ");
  };
  readHtml(value, {
    open(element) {
      end(element);
      if (element === "li") parts.push("- ");
    },
    close: end,
    text: (text) => parts.push(text.replace(/\s+/g, " ")),
  });
  const lines = parts
    .join("")
    .split("\n")
    .map((line) => line.trim());
  return lines.filter((line) => line !== "").join("\n");
}

/**
 * Records written as blocks: headings, `key: value` lines, lists and tables. Blank values are left out. Throws
 * ExtractionError (`too_large`) when the text grows above 50 million characters, as repeated keys can make it.
 */
export class RecordWriter {
  readonly blocks: Block[] = [];
  #lines: string[] = [];
  #lineChars = 0;
  #rows: string[] = [];
  #batches: string[] = [];
  #chars = 0;

  heading(text: string, level: number) {
    this.flush();
    this.#add({ kind: "heading", level: Math.min(6, level), text });
  }

  field(key: string, value: string) {
    const text = readable(value).trim();
    if (text === "") return;
    const line = key.trim() === "" ? text : `${key.trim()}: ${text}`;
    if (text.length <= lineCharsMax && !text.includes("\n")) return this.line(line);
    this.flush();
    this.#add({ kind: "paragraph", text: line });
  }

  line(text: string) {
    this.#endTable();
    this.#lines.push(text);
    this.#lineChars += text.length;
    this.#spend(text.length);
    if (this.#lineChars > listCharsMax) this.flush();
  }

  paragraph(text: string) {
    this.flush();
    this.#add({ kind: "paragraph", text });
  }

  /** Of a table, the first being its header. */
  row(cells: string[]) {
    this.#endList();
    const text = tableRow(cells);
    this.#rows.push(text);
    this.#spend(text.length);
    if (this.#rows.length < rowsPerBatch) return;
    this.#batches.push(this.#rows.join("\n"));
    this.#rows = [];
  }

  /** To be called at the end, and where a list or table ends though another follows. */
  flush() {
    this.#endList();
    this.#endTable();
  }

  #endList() {
    if (this.#lines.length === 0) return;
    this.#spend(recordBlockChars);
    const kind = this.#lines.length === 1 && !this.#lines[0]!.startsWith("- ") ? "paragraph" : "list";
    this.blocks.push({ kind, text: this.#lines.join("\n") });
    this.#lines = [];
    this.#lineChars = 0;
  }

  #endTable() {
    if (this.#rows.length === 0 && this.#batches.length === 0) return;
    this.blocks.push({ kind: "table", text: [...this.#batches, ...this.#rows].join("\n") });
    this.#rows = [];
    this.#batches = [];
  }

  #add(block: Block) {
    this.#spend(block.text.length + recordBlockChars);
    this.blocks.push(block);
  }

  #spend(chars: number) {
    this.#chars += chars + 1;
    if (this.#chars > recordCharsMax)
      throw new ExtractionError(
        "too_large",
        "The file gives more text and sections than can be read at once. Split it into smaller files and upload those.",
      );
  }
}
