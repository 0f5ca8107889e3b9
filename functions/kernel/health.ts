import type { Hono } from "hono";
import { probe } from "../../db/queries/events/maintenance.ts";
import { lastSelfCheck, type SelfCheck } from "../../db/queries/events/self-check.ts";
import { bedrockReady } from "./ai/bedrock.ts";
import { identityReady } from "./auth/caller.ts";
import { connectWith } from "./context.ts";
import type { Env } from "./env.ts";
import { describe } from "./errors.ts";
import { log } from "./log.ts";
import type { Variables } from "./serve.ts";

type Check = { ok: boolean; latencyMs: number; detail?: string };

type Readiness = { ready: boolean; checks: Record<string, Check>; selfCheck: SelfCheck | null };

/** Anybody may ask, and an answer costs a model call: one is given for so long. */
const FRESH_MS = 10_000;
let last: { at: number; readiness: Readiness } | undefined;
let askingSince = 0;

/**
 * `/health`: the worker runs. `/ready`: what it needs answers, each with its latency; 503 when one does not. How the last
 * self-check ended stands beside it.
 */
export function serveHealth(app: Hono<Variables>) {
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/ready", async (c) => {
    const { ready, ...told } = await readiness(c.get("platform").env);
    return c.json({ status: ready ? "ready" : "not ready", ...told }, ready ? 200 : 503);
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

/** What is asked, a line each; whatever else the service comes to need has its place here. */
function neededBy(env: Env): Record<string, () => Promise<unknown>> {
  const { JWKS_URL } = env;
  return {
    database: () => checkDatabase(env),
    files: () => env.FILES.head("ready"),
    queue: () => env.JOBS.send({ jobId: NO_JOB }),
    model: () => bedrockReady(env),
    ...(JWKS_URL && { identity: () => identityReady(JWKS_URL) }),
  };
}

async function askAll(env: Env): Promise<Readiness> {
  const [selfCheck, ...asked] = await Promise.all([
    toldSelfCheck(env),
    ...Object.entries(neededBy(env)).map(async ([name, ask]) => [name, await check(name, ask)] as const),
  ]);
  return { ready: asked.every(([, { ok }]) => ok), checks: Object.fromEntries(asked), selfCheck };
}

/** A detail, on which nothing depends. */
async function toldSelfCheck(env: Env): Promise<SelfCheck | null> {
  try {
    const { rows } = await lastSelfCheck(connectWith(env));
    return rows[0]!.selfCheck;
  } catch (error) {
    log("warn", "the last self-check is not known", { error: describe(error) });
    return null;
  }
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
    return { ok: false, latencyMs: Date.now() - started, detail: `\`${name}\` does not answer as it should.` };
  }
}

async function checkDatabase(env: Env) {
  const { canBypassRowSecurity, role } = await probe(connectWith(env));
  if (canBypassRowSecurity) throw new Error(`the role ${role} is not held by row security; connect as edgelore_app`);
}
