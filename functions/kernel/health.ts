import type { Hono } from "hono";
import { probe } from "../../db/queries/events/maintenance.ts";
import { bedrockReady } from "./ai/bedrock.ts";
import { connectWith } from "./context.ts";
import type { Env } from "./env.ts";
import { describe } from "./errors.ts";
import { log } from "./log.ts";
import type { Variables } from "./serve.ts";

type Check = { ok: boolean; latencyMs: number; detail?: string };

type Readiness = { ready: boolean; checks: Record<string, Check> };

/** Anybody may ask, and an answer costs a model call: one is given for so long. */
const FRESH_MS = 10_000;
let last: { at: number; readiness: Readiness } | undefined;
let askingSince = 0;

/** `/health`: the worker runs. `/ready`: what it needs answers, each with its latency; 503 when one does not. */
export function serveHealth(app: Hono<Variables>) {
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/ready", async (c) => {
    const { ready, checks } = await readiness(c.get("platform").env);
    return c.json({ status: ready ? "ready" : "not ready", checks }, ready ? 200 : 503);
  });
}

/** One request asks, the others look until it knows: a worker's request may not wait for another's promise. */
async function readiness(env: Env): Promise<Readiness> {
  for (;;) {
    const now = Date.now();
    if (last && now - last.at < FRESH_MS) return last.readiness;
    if (now - askingSince > FRESH_MS) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  askingSince = Date.now();
  last = { readiness: await askAll(env), at: Date.now() };
  return last.readiness;
}

async function askAll(env: Env): Promise<Readiness> {
  const [database, files, queue, model] = await Promise.all([
    check("database", () => checkDatabase(env)),
    check("files", () => env.FILES.head("ready")),
    check("queue", () => env.JOBS.send({ jobId: NO_JOB })),
    check("model", () => bedrockReady(env)),
  ]);
  const checks = { database, files, queue, model };
  return { ready: Object.values(checks).every(({ ok }) => ok), checks };
}

/** Wakes a worker for nothing: no job has this id. */
const NO_JOB = "00000000-0000-0000-0000-000000000000";

async function check(name: string, ask: () => Promise<unknown>): Promise<Check> {
  const started = Date.now();
  try {
    await ask();
    return { ok: true, latencyMs: Date.now() - started };
  } catch (error) {
    log("warn", "not ready", { check: name, error: describe(error) });
    return { ok: false, latencyMs: Date.now() - started, detail: `The ${name} does not answer as it should.` };
  }
}

async function checkDatabase(env: Env) {
  const { canBypassRowSecurity, role } = await probe(connectWith(env));
  if (canBypassRowSecurity) throw new Error(`the role ${role} is not held by row security; connect as edgelore_app`);
}
