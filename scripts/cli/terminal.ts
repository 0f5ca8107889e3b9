/** Retrieved text is data: what could steer a terminal is taken out. */
export const printable = (text: string) => text.replace(/[^\P{C}\n\t]/gu, "");

export const oneLine = (text: string) => printable(text.replace(/\s+/g, " ")).trim();

export const out = (text: string) => void process.stdout.write(printable(text));
export const note = (line: string) => void process.stderr.write(`${printable(line)}\n`);

/** The same data, with what could steer a terminal escaped. */
export function outJson(value: unknown) {
  const escaped = JSON.stringify(value, null, 2).replace(/[^\P{C}\n]/gu, (symbol) =>
    symbol
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
  process.stdout.write(`${escaped}\n`);
}

/** Prints text that comes in pieces; half a surrogate pair waits for its other half. */
export function pieceWriter(write: (text: string) => void) {
  let half = "";
  return (piece: string) => {
    const text = half + piece;
    half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? "";
    write(text.slice(0, text.length - half.length));
  };
}

/** At most so many characters as a reader counts them. */
export function clipped(text: string, charsMax: number): string {
  const characters = [...new Intl.Segmenter().segment(text.slice(0, charsMax * 10))];
  if (characters.length <= charsMax && text.length <= charsMax * 10) return text;
  return `${characters
    .slice(0, charsMax - 1)
    .map(({ segment }) => segment)
    .join("")
    .trimEnd()}…`;
}

const EXIT_INTERRUPTED = 130;

/** Leaves at Ctrl-C; `twice` says why it does no harm to begin again. */
export function onInterrupt(clean: () => void, twice: string): void {
  process.once("SIGINT", () => {
    clean();
    note(`Interrupted. Run the same command again to go on; ${twice}`);
    process.exit(EXIT_INTERRUPTED);
  });
}
