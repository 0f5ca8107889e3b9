export const STATES = ["uploaded", "processing", "completed", "already there", "failed"] as const;
export type State = (typeof STATES)[number];

type Screen = { isTTY?: boolean; columns?: number; write: (text: string) => unknown };
const BAR_CHARS = 20;
const ERASE_LINE = "\r\u001b[2K";

/** A bar that is drawn over itself on a terminal; elsewhere there is none, and lines are all there is to see. */
export function progressBar(total: number, screen: Screen = process.stderr) {
  const states = new Map<string, State>();
  const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<State, number>;
  let hasEnded = !screen.isTTY;
  const draw = () => {
    if (!hasEnded) screen.write(`${ERASE_LINE}${barOf(total, counts).slice(0, (screen.columns || 80) - 1)}`);
  };
  draw();
  return {
    isShown: !hasEnded,
    set(path: string, state: State) {
      const before = states.get(path);
      if (before === state) return;
      if (before) counts[before]--;
      counts[state]++;
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

function barOf(total: number, counts: Record<State, number>): string {
  const done = counts.completed + counts["already there"] + counts.failed;
  const filled = total === 0 ? BAR_CHARS : Math.floor((done / total) * BAR_CHARS);
  const bar = "█".repeat(filled) + "░".repeat(BAR_CHARS - filled);
  const told = STATES.filter((state) => state !== "already there" || counts[state] > 0);
  return `${bar} ${done}/${total}  ${told.map((state) => `${counts[state]} ${state}`).join(", ")}`;
}
