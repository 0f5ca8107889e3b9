import { existsSync, readdirSync, readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { CRONS, ENDPOINTS, JOBS, REACTIONS } from "../../functions/app.ts";
import { SCOPES } from "../../functions/kernel/auth/scopes.ts";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { readCrons } from "../../scripts/local/worker.ts";
import { asTenant } from "../harness.ts";

const operationFiles = readdirSync("functions", { recursive: true, encoding: "utf8" })
  .filter((file) => /^[a-z]+\/[a-z-]+\.[a-z]+\.ts$/.test(file))
  .map((file) => file.split("/")[1]!.replace(/\.ts$/, ""))
  .sort();

test("one operation, one file, one name: what stands in a file is mounted, and what is mounted stands in its file", () => {
  const mounted = [
    ...ENDPOINTS.map(({ name }) => name),
    ...JOBS.map(({ kind }) => kind),
    ...CRONS.map(({ name }) => name),
  ];
  expect([...mounted].sort()).toEqual(operationFiles);
});

test("no two endpoints share a path and method, and fixed paths come before those with an id", () => {
  const routes = ENDPOINTS.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, "{}")}`);
  expect(new Set(routes).size).toBe(routes.length);
  for (const [index, { path, method }] of ENDPOINTS.entries()) {
    const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
    const shadowed = ENDPOINTS.slice(index + 1).filter(
      (later) => later.method === method && later.path !== path && pattern.test(later.path),
    );
    expect(shadowed.map((later) => later.path)).toEqual([]);
  }
});

test("every scope guards something", () => {
  expect(Object.keys(SCOPES).filter((scope) => !ENDPOINTS.some((endpoint) => endpoint.scope === scope))).toEqual([]);
});

test("every event's jobs exist, and every job but those is somebody's", () => {
  const kinds = JOBS.map(({ kind }) => kind);
  const reactions = [...new Set(Object.values(REACTIONS).flat())];
  expect(reactions.filter((kind) => !kinds.includes(kind as (typeof kinds)[number]))).toEqual([]);
  expect(kinds.filter((kind) => !reactions.includes(kind))).toEqual([]);
});

test("wrangler fires exactly the schedules that the crons have", () => {
  expect([...new Set(CRONS.map(({ schedule }) => schedule))].sort()).toEqual(readCrons().sort());
});

test("the rate limits that are told are those that wrangler sets", () => {
  const { ratelimits } = parse(readFileSync("wrangler.toml", "utf8")) as { ratelimits: Record<string, unknown>[] };
  expect(Object.fromEntries(ratelimits.map(({ name, simple }) => [name, simple]))).toEqual({
    RATE_LIMITER: { limit: LIMITS.requestsPerMinute, period: 60 },
    END_USER_RATE_LIMITER: { limit: LIMITS.endUserRequestsPerMinute, period: 60 },
  });
  expect(new Set(ratelimits.map(({ namespace_id }) => namespace_id)).size).toBe(ratelimits.length);
});

test("a cron may run twice and at once: every function it calls can", async () => {
  const functions = [
    "maintain_messages()",
    "maintain_partitions()",
    "maintain_statistics(10)",
    "maintain_idempotency_keys()",
    "maintain_embedding_cache(10)",
    "maintain_search_days()",
    "maintain_budget_reservations()",
    "maintain_conversations(10)",
    "maintain_message_archive(10)",
    "maintain_usage_archive(10)",
    "maintain_retention()",
    "maintain_metrics(3)",
    "maintain_index_checks(10)",
    "maintain_web_sources(10)",
    "maintain_file_checks(0)",
    "maintain_admin_feedback(0)",
    "maintain_search_log(180)",
    "(select count(*)::integer from due_webhooks(10))",
    "maintain_webhooks(30, 10)",
    "(select copied from maintain_shelves(1000000, '{1}', 10))",
  ];
  for (const call of functions) {
    const runs = await Promise.all([1, 2, 3].map(() => asTenant(null, `select ${call} as count`)));
    expect(runs.flat().every(({ count }) => Number.isInteger(count))).toBe(true);
  }
});

test("every part has a page about itself", () => {
  const parts = readdirSync("functions", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(parts.filter(({ name }) => !existsSync(`functions/${name}/README.md`)).map(({ name }) => name)).toEqual([]);
});
