type Fire = (cron: string, scheduledTime: Date) => Promise<unknown>;

/** Miniflare has no scheduler: fires each of wrangler's crons at its minute, in UTC. Returns what stops it. */
export function startCrons(crons: readonly string[], fire: Fire): () => void {
  let timer: NodeJS.Timeout;
  const tick = () => {
    const now = new Date();
    for (const cron of crons)
      if (isDue(cron, now)) fire(cron, now).catch((error) => console.error(`cron "${cron}" failed: ${error}`));
    schedule();
  };
  const schedule = () => {
    timer = setTimeout(tick, 60_000 - (Date.now() % 60_000));
    timer.unref();
  };
  schedule();
  return () => clearTimeout(timer);
}

/** Of the five fields: `*`, a number, or a step such as `*` + `/10`. */
export function isDue(cron: string, at: Date): boolean {
  const now = [at.getUTCMinutes(), at.getUTCHours(), at.getUTCDate(), at.getUTCMonth() + 1, at.getUTCDay()];
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) throw new Error(`"${cron}" is no cron of five fields`);
  return fields.every((field, index) => matches(field, now[index]!));
}

function matches(field: string, value: number): boolean {
  const step = /^\*\/(\d+)$/.exec(field);
  if (step) return value % Number(step[1]) === 0;
  if (!/^(\*|\d+)$/.test(field)) throw new Error(`the stand-in does not read the cron field "${field}"`);
  return field === "*" || Number(field) === value;
}
