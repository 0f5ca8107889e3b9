type Entry = Partial<{
  time: string;
  level: string;
  message: string;
  method: string;
  route: string;
  status: number;
  kind: string;
  name: string;
  outcome: string;
  attempt: number;
  durationMs: number;
  error: string;
  woken: number;
}>;

/** A line of the worker's log for somebody who looks on: one for each request and job, and whatever goes wrong. */
export function logLine(line: string): string | undefined {
  const entry = parse(line);
  const said = entry && done(entry);
  return said ? `${timeOf(entry)} ${said}` : troubleLine(line);
}

/** Only what goes wrong. */
export function troubleLine(line: string): string | undefined {
  const entry = parse(line);
  // Not the worker but its runtime speaks: mostly where in its own source it noticed what the worker reports too.
  if (!entry) return /\b(error|exception)\b/i.test(line) ? line.trim() : undefined;
  const { level, message, kind, name, attempt, error } = entry;
  if (level !== "warn" && level !== "error") return undefined;
  const what = [kind ?? name, attempt && `attempt ${attempt}`, error?.split("\n")[0]];
  return [timeOf(entry), level, message, ...what].filter(Boolean).join(" ");
}

function done({ message, method, route, status, kind, name, outcome, durationMs, woken }: Entry): string | undefined {
  if (message === "request") return `${method} ${route} ${status} ${durationMs} ms`;
  if (message === "job") return `job ${kind} ${outcome} ${durationMs} ms`;
  if (message === "cron" && woken) return `cron ${name} woke ${woken} jobs`;
  return undefined;
}

const timeOf = ({ time }: Entry) => (time ? new Date(time).toTimeString().slice(0, 8) : "");

function parse(line: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? entry : undefined;
  } catch {
    return undefined;
  }
}
