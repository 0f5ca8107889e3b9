const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
const abbreviation =
  /(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nos|Fig|Sec|vs|etc|approx|Inc|Ltd|Co|Corp|Jr|Sr|e\.g|i\.e|cf|ca)|\b\p{Lu}(?:\.\p{Lu})*|(?:^|[\s.(])\p{Script=Thai}{1,3})\.\s*$/u;
const unspacedLong = 160;

/** The text's sentences, each a literal piece of it: no line is reflowed, a row or an item of a list stands alone. */
export function sentences(text: string): string[] {
  return blocks(text)
    .flatMap(splitBlock)
    .map((piece) => piece.trim())
    .filter((piece) => /[\p{L}\p{N}]/u.test(piece));
}

/** Lines that wrap stay together; rows, items, headings and paragraphs do not. */
function blocks(text: string): string[] {
  const found: string[] = [];
  let wraps = false;
  for (const line of text.split(/(?<=\n)/)) {
    const standsAlone = /^\s*(?:\||[-*•・#]|\d+[.)]\s)|\t|\|\s*$/.test(line) || line.trim() === "";
    if (wraps && !standsAlone) found[found.length - 1] += line;
    else found.push(line);
    wraps =
      !/^\s*(?:\||#)|\|\s*$|\t/.test(line) &&
      line.trimEnd().length > 50 &&
      !/[.!?。！？:：]["”’」』)\]]*\s*$/.test(line);
  }
  return found;
}

function splitBlock(block: string): string[] {
  if (/^\s*\|/.test(block)) return [block];
  const pieces: string[] = [];
  // A newline ends a sentence for the segmenter; a space in its place keeps every index.
  for (const { segment, index } of segmenter.segment(block.replace(/\s/g, " "))) {
    const literal = block.slice(index, index + segment.length);
    const last = pieces.at(-1);
    if (last !== undefined && belongsTo(last, literal)) pieces[pieces.length - 1] = last + literal;
    else pieces.push(literal);
  }
  return pieces.flatMap(splitUnpunctuated);
}

function belongsTo(last: string, next: string): boolean {
  if (abbreviation.test(last)) return true;
  if (/[」』]$/.test(last) && /^\p{Script=Hiragana}/u.test(next)) return true;
  const isInsideQuote = count(last, /[「『（(“]/g) > count(last, /[」』）)”]/g);
  return (isInsideQuote && last.length + next.length < 300) || !/[\p{L}\p{N}]/u.test(next) || /^\p{Ll}/u.test(next);
}

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** Thai ends no sentence with a mark: its spaces end phrases, gathered here to a readable length. */
function splitUnpunctuated(piece: string): string[] {
  if (
    piece.length <= unspacedLong ||
    !/\p{Script=Thai}|\p{Script=Lao}|\p{Script=Khmer}|\p{Script=Myanmar}/u.test(piece)
  )
    return [piece];
  const gathered: string[] = [];
  for (const phrase of piece.split(/(?<=\s)/)) {
    const last = gathered.at(-1);
    if (last !== undefined && last.length + phrase.length <= unspacedLong)
      gathered[gathered.length - 1] = last + phrase;
    else gathered.push(phrase);
  }
  return gathered;
}

/** What names the text below it: a heading line or a table's first row. */
export function isHeading(piece: string, before: string | undefined): boolean {
  if (piece.startsWith("|")) return !before?.startsWith("|");
  if (piece.startsWith("#")) return true;
  return piece.length < 60 && !/[.!?。！？:：;」』"”)|]$|^[-*•・\d]|\d|\p{Script=Thai}/u.test(piece);
}
