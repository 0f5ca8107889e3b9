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
  if (!entry) return line.trim() || undefined;
  const { time, level, message, method, route, status, kind, outcome, durationMs } = entry;
  const at = time ? new Date(time).toTimeString().slice(0, 8) : "";
  if (message === "request") return `${at} ${method} ${route} ${status} ${durationMs} ms`;
  if (message === "job") return `${at} job ${kind} ${outcome} ${durationMs} ms`;
  if (message === "cron") return entry.woken ? `${at} cron ${entry.name} woke ${entry.woken} jobs` : undefined;
  if (level !== "warn" && level !== "error") return undefined;
  const what = [kind ?? entry.name, entry.attempt && `attempt ${entry.attempt}`, entry.error?.split("\n")[0]];
  return [at, level, message, ...what].filter(Boolean).join(" ");
}

function parse(line: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? entry : undefined;
  } catch {
    return undefined;
  }
}
