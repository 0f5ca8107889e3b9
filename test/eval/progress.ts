type Screen = { isTTY?: boolean; columns?: number; write: (text: string) => unknown };

const ERASE_LINE = "\r\u001b[2K";
const LINE_EVERY_MS = 30_000;

/** How far a long piece of work is, with what is left of it: one line that is drawn over itself, elsewhere a line now and then. */
export function progressOf(what: string, total: number, screen: Screen = process.stderr) {
  const started = Date.now();
  let [done, told] = [0, started];
  const line = () => {
    const leftMs = ((Date.now() - started) / done) * (total - done);
    return `${what}: ${Math.floor((100 * done) / total)} % (${done}/${total})${done > 0 ? `, ${duration(leftMs)} left` : ""}`;
  };
  return {
    step(count = 1) {
      done += count;
      if (screen.isTTY) screen.write(`${ERASE_LINE}${line().slice(0, (screen.columns || 80) - 1)}`);
      else if (Date.now() - told > LINE_EVERY_MS) {
        told = Date.now();
        screen.write(`${line()}\n`);
      }
    },
    end() {
      screen.write(`${screen.isTTY ? ERASE_LINE : ""}${what}: ${done} in ${duration(Date.now() - started)}\n`);
    },
  };
}

const duration = (ms: number) => {
  const seconds = Math.round(ms / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

/** Works through the items, so many at a time; the first failure ends it. */
export async function eachAtOnce<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker)).finally(() => {
    next = items.length;
  });
}
