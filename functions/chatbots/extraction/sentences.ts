import { sentenceSliceChars } from "./limits.ts";

/** UTF-16 offsets, the end exclusive. */
export type Range = { start: number; end: number };

const splitter = new Intl.Segmenter("en", { granularity: "sentence" });
const wordSplitter = new Intl.Segmenter("en", { granularity: "word" });

/** After these a full stop ends nothing. */
const abbreviation =
  /(?:^|[\s("'“‘[])(?:Mr|Mrs|Ms|Mx|Dr|Prof|Sr|Jr|St|Mt|Gen|Col|Lt|Capt|Rev|Hon|vs|cf|al|approx|ca|resp|viz|e\.g|i\.e|z\.B|d\.h|u\.a|bzw|Mme|Mlle|p\.ex|\p{Lu}|\p{Lu}\.\p{Lu})\.\s*$/u;
/** After these it ends nothing when a number follows. */
const numbered = /(?:^|[\s("'“‘[])(?:No|Nos|Nr|Fig|Figs|Eq|Sec|Ch|Vol|pp?|Art|Abs|Bd|Ver|v|n)\.\s*$/i;
const opening = /(?<=[。！？])[「『（《〈【〔]+$/;
const thai = /[\u0e01-\u0e5b]/g;

/**
 * The sentences of a text as ranges without the blanks between them; every other character is in exactly one. A line end
 * ends a sentence unless a small letter follows; abbreviations, initials and "No. 5" do not. Thai, which marks no
 * sentence ends, is parted at its spaces, which stand between phrases. A run of more than 16,000 characters without any
 * mark is parted at a space.
 */
export function sentencesOf(text: string): Range[] {
  const sentences: Range[] = [];
  for (let start = 0; start < text.length; ) {
    const end = sliceEnd(text, start);
    for (const { start: from, end: to } of merged(text.slice(start, end)))
      addTrimmed(sentences, text, start + from, start + to);
    start = end;
  }
  return sentences;
}

/** The splitter copies what it is given: behind the last sure end of a sentence, else of a line, else of a word. */
function sliceEnd(text: string, start: number): number {
  if (text.length - start <= sentenceSliceChars) return text.length;
  const slice = text.slice(start, start + sentenceSliceChars);
  const marks = [...slice.matchAll(/[.!?]\s+(?=\p{Lu}{2}|\p{Lu}\p{Ll}{2})|[。！？]/gu)];
  const mark = marks.findLast((m) => !abbreviation.test(slice.slice(Math.max(0, m.index - 16), m.index + 1)));
  if (mark) return start + mark.index + mark[0].length;
  const lineEnd = slice.lastIndexOf("\n");
  if (lineEnd > 0) return start + lineEnd + 1;
  const space = slice.lastIndexOf(" ");
  if (space > 0) return start + space + 1;
  return start + sentenceSliceChars - (isHighSurrogate(slice.at(-1)!) ? 1 : 0);
}

const isHighSurrogate = (char: string) => char >= "\ud800" && char < "\udc00";

function merged(slice: string): Range[] {
  const ranges: Range[] = [];
  let carried = "";
  for (const { segment, index } of splitter.segment(slice)) {
    const last = ranges.at(-1);
    const start = index - carried.length;
    if (last && goesOn(slice.slice(Math.max(last.start, last.end - 24), last.end), segment))
      last.end = index + segment.length;
    else ranges.push({ start, end: index + segment.length });
    // An opening bracket at the end belongs to what follows: はい。「そう。」
    carried = segment.match(opening)?.[0] ?? "";
    ranges.at(-1)!.end -= carried.length;
  }
  if (carried !== "") ranges.at(-1)!.end = slice.length;
  return ranges;
}

function goesOn(tail: string, next: string): boolean {
  if (tail.endsWith("\n")) return /[\p{L}\p{N},]\s*\n$/u.test(tail) && /^\s*\p{Ll}/u.test(next);
  if (abbreviation.test(tail)) return true;
  if (/^\s*[\d(]/.test(next) && numbered.test(tail)) return true;
  if (/^\s*\(?\d{1,3}[.)]\s*$/.test(tail)) return true;
  // A quotation inside a Japanese sentence: 「そう。」と言った。
  return /[。！？][」』）]$/.test(tail) && /^(?:と|って|など|の|は|が|を|に|で|も)/.test(next);
}

function addTrimmed(sentences: Range[], text: string, from: number, to: number) {
  const sentence = text.slice(from, to);
  const isThai = (sentence.match(thai)?.length ?? 0) > sentence.length * 0.3;
  for (const { 0: part, index } of sentence.matchAll(isThai ? /\S+/g : /\S(?:[\s\S]*\S)?/g)) {
    sentences.push({ start: from + index, end: from + index + part.length });
  }
}

/**
 * The words of a text with the blanks after them, every character in exactly one: between blanks, and within a run of
 * more than `runCharsMax` characters without any (Japanese, Thai, a table's row without blanks) by dictionary. Linear.
 */
export function wordsOf(text: string, runCharsMax: number): Range[] {
  const words: Range[] = [];
  for (const { 0: run, index } of text.matchAll(/\s*\S+\s*/g)) {
    if (run.length <= runCharsMax) words.push({ start: index, end: index + run.length });
    else for (const word of dictionaryWords(run)) words.push({ start: index + word.start, end: index + word.end });
  }
  return words;
}

function* dictionaryWords(run: string): Generator<Range> {
  for (let start = 0; start < run.length; ) {
    let end = Math.min(run.length, start + sentenceSliceChars);
    if (end < run.length && isHighSurrogate(run[end - 1]!)) end -= 1;
    for (const { segment, index } of wordSplitter.segment(run.slice(start, end))) {
      yield { start: start + index, end: start + index + segment.length };
    }
    start = end;
  }
}
