import type { Hono } from "hono";
import { probe } from "../../db/queries/events/maintenance.ts";
import { bedrockReady } from "./ai/bedrock.ts";
import { connectWith } from "./context.ts";
import type { Env } from "./env.ts";
import { describe } from "./errors.ts";
import { log } from "./log.ts";
import type { Variables } from "./serve.ts";

type Check = { ok: boolean; latencyMs: number; detail?: string };

/** `/health`: the worker runs. `/ready`: what it needs answers, each with its latency; 503 when one does not. */
export function serveHealth(app: Hono<Variables>) {
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/ready", async (c) => {
    const { env } = c.get("platform");
    const [database, files, queue, model] = await Promise.all([
      check("database", () => checkDatabase(env)),
      check("files", () => env.FILES.head("ready")),
      check("queue", () => env.JOBS.send({ jobId: NO_JOB })),
      check("model", () => bedrockReady(env)),
    ]);
    const checks = { database, files, queue, model };
    const ready = Object.values(checks).every(({ ok }) => ok);
    return c.json({ status: ready ? "ready" : "not ready", checks }, ready ? 200 : 503);
  });
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
