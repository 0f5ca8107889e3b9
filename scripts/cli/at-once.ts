import { ConnectionError, ProblemError } from "../client/failure.ts";

/** Runs what it is given in the order in which it comes, so much at once. */
export function limited(atOnce: number) {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((begin) => waiting.push(begin));
    try {
      return await work();
    } finally {
      const begin = waiting.shift();
      if (begin) begin();
      else free++;
    }
  };
}

/** After these the other files would fail too, each after its own long wait. */
export const concernsAll = (error: unknown) =>
  error instanceof ConnectionError ||
  (error instanceof ProblemError && [401, 403, 429, 502, 503, 504].includes(error.status));
