import pg from "pg";

type Query = (this: pg.Client, ...args: unknown[]) => unknown;

/**
 * Times the statements with that word in them where they leave this process: the stand-in of Neon's proxy, through which the
 * worker speaks to the database, runs in it. So the statement is what the worker really sends, whatever it becomes.
 */
export function watchStatements(word: string) {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  let milliseconds = 0;
  prototype.query = function (...args) {
    const result = query.apply(this, args);
    const text = typeof args[0] === "string" ? args[0] : ((args[0] as { text?: string } | undefined)?.text ?? "");
    if (text.includes(word) && result instanceof Promise) {
      const started = performance.now();
      const add = () => {
        milliseconds += performance.now() - started;
      };
      result.then(add, add);
    }
    return result;
  };
  return {
    reset() {
      milliseconds = 0;
    },
    milliseconds: () => milliseconds,
    stop() {
      prototype.query = query;
    },
  };
}
