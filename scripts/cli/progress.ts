import { oneLine, printable } from "./terminal.ts";

export const STATES = ["waiting", "uploaded", "processing", "completed", "already there", "failed"] as const;
export type State = (typeof STATES)[number];

type Screen = { isTTY?: boolean; columns?: number; write: (text: string) => unknown };
const BAR_CHARS = 20;
const ERASE_LINE = "\r\u001b[2K";

/** A bar that is drawn over itself on a terminal; elsewhere there is none, and lines are all there is to see. */
export function progressBar(total: number, screen: Screen = process.stderr) {
  const states = new Map<string, State>();
  const count = (state: State) => states.values().reduce((sum, one) => sum + Number(one === state), 0);
  let hasEnded = !screen.isTTY;
  const draw = () => {
    if (!hasEnded) screen.write(`${ERASE_LINE}${barOf(total, count).slice(0, (screen.columns ?? 80) - 1)}`);
  };
  draw();
  return {
    isShown: !hasEnded,
    set(path: string, state: State) {
      if (states.get(path) === state) return;
      states.set(path, state);
      draw();
    },
    /** Prints above the bar. */
    line(text: string, print: (line: string) => void) {
      if (!hasEnded) screen.write(ERASE_LINE);
      print(text);
      draw();
    },
    end() {
      if (!hasEnded) screen.write(ERASE_LINE);
      hasEnded = true;
    },
  };
}

function barOf(total: number, count: (state: State) => number): string {
  const done = count("completed") + count("already there") + count("failed");
  const filled = total === 0 ? BAR_CHARS : Math.floor((done / total) * BAR_CHARS);
  const bar = "█".repeat(filled) + "░".repeat(BAR_CHARS - filled);
  const counts = STATES.filter((state) => state !== "waiting" && (state !== "already there" || count(state) > 0));
  return oneLine(printable(`${bar} ${done}/${total}  ${counts.map((state) => `${count(state)} ${state}`).join(", ")}`));
}
