export type Level = "debug" | "info" | "warn" | "error";

/** One JSON line. Fields are ids, counts and durations: never a secret, never what people wrote. */
export function log(level: Level, message: string, fields: Record<string, unknown> = {}): void {
  console[level](JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));
}
