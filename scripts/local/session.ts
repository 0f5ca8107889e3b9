import { setTimeout as sleep } from "node:timers/promises";
import { stop } from "esbuild";
import { type Stack, type StackOptions, startStack } from "./stack.ts";

const SIGNALS: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Under npm a Ctrl-C arrives twice, from the terminal and from npm. */
const SAME_WISH_MS = 1_000;
const SIGNAL_MS = 100;
const PARENT_CHECK_MS = 500;
const CLOSING_MS_MAX = 15_000;
/** What a shell says of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * Starts the stack, does the work and ends the process with its exit code. Whatever happens, everything is closed in order
 * first; `leaving` aborts when the process is asked to end, and asked once more it ends at once.
 */
export async function runSession(
  prepare: () => Promise<StackOptions>,
  work: (stack: Stack, leaving: AbortSignal) => Promise<number>,
  { verbose }: { verbose: boolean },
): Promise<never> {
  const leaving = heedSignals();
  try {
    const options = await prepare();
    const onStep = (step: string) => {
      leaving.throwIfAborted();
      options.onStep?.(step);
    };
    // esbuild's process has built the worker and would only sit there.
    const stack = await startStack({ ...options, onStep }).finally(stop);
    try {
      leaving.throwIfAborted();
      process.exitCode = await work(stack, leaving);
    } finally {
      setTimeout(() => process.exit(1), CLOSING_MS_MAX).unref();
      await stack.close();
    }
  } catch (error) {
    // A signal to all may end a child, and what waits for it, before it is heard here.
    await sleep(SIGNAL_MS);
    if (!leaving.aborted) console.error(verbose ? error : (error as Error).message);
    process.exitCode = leaving.aborted ? INTERRUPTED : 1;
  }
  process.exit();
}

/**
 * Miniflare would exit at once, with the database open, so its listeners of signals are taken away; its listener of "exit"
 * stays and ends workerd when nothing else did.
 */
function heedSignals(): AbortSignal {
  const leaving = new AbortController();
  let askedAt = 0;
  const leave = () => {
    if (askedAt > 0 && Date.now() - askedAt > SAME_WISH_MS) process.exit(1);
    if (askedAt > 0) return;
    askedAt = Date.now();
    console.log("\nStopping …");
    leaving.abort();
  };
  for (const signal of SIGNALS) process.on(signal, leave);
  if (process.env.npm_lifecycle_event) whenOrphaned(leave);
  process.on("newListener", (event: NodeJS.Signals, listener) => {
    if (SIGNALS.includes(event)) process.nextTick(() => process.off(event, listener));
  });
  // A terminal that was closed takes no more output.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return leaving.signal;
}

/** npm hands a signal to its shell and no further: when that dies of it, nobody is left to end this process. */
function whenOrphaned(leave: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    leave();
  }, PARENT_CHECK_MS).unref();
}
