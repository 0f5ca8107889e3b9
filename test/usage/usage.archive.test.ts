import { expect, test } from "vitest";
import { maintained } from "../conversations/talk.ts";
import { asTenant, organization, type TestOrganization } from "../harness.ts";
import { called, makeMonth } from "./calls.ts";

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
const dateOf = (at: Date) => at.toISOString().slice(0, 10);
const archive = (limit = 2) => maintained(`maintain_usage_archive(${limit})`);

/** Calls of so many days ago, one for each, each a micro-USD and 3 tokens. */
async function calledOn(org: TestOrganization, ...days: number[]): Promise<void> {
  for (const day of days) {
    const at = daysAgo(day);
    await makeMonth(at.getUTCFullYear(), at.getUTCMonth() + 1);
    await called(org, { at, costMicroUsd: 1, inputTokens: 3, endUserId: "Ida" });
  }
}

const ages = async (org: TestOrganization, table: string) =>
  (
    await asTenant<{ days: number }>(
      org.id,
      `select round(extract(epoch from now() - created_at) / 86400)::integer as days from ${table} order by 1`,
    )
  ).map(({ days }) => days);

const reportOf = async (org: TestOrganization) =>
  (await org.call("GET", `/v1/usage?groupBy=month&from=${dateOf(daysAgo(300))}&to=${dateOf(new Date())}`)).body;

test("calls of more than 90 days ago stand in the archive alone, each once, and reports are as before, also while they move", async () => {
  const [org, other] = [await organization(), await organization()];
  await calledOn(org, 1, 89, 91, 130, 250, 251);
  await calledOn(other, 2);
  const before = await reportOf(org);
  expect(before.totals).toMatchObject({ calls: 6, costMicroUsd: 6 });
  const [during] = await Promise.all([reportOf(org), archive(), archive(1), archive()]);
  expect(during).toEqual(before);
  expect(await reportOf(org)).toEqual(before);
  expect(await ages(org, "ai_usage")).toEqual([1, 89]);
  expect(await ages(org, "ai_usage_archive")).toEqual([91, 130, 250, 251]);
  expect(await ages(other, "ai_usage")).toEqual([2]);
});

test("what is written late follows, and a call that is told again after that is still one", async () => {
  const org = await organization();
  await calledOn(org, 120);
  await archive();
  await calledOn(org, 121);
  await asTenant(
    org.id,
    `insert into ai_usage (id, task, model, latency_ms, input_tokens, cost_micro_usd, created_at)
     select id, task, model, latency_ms, input_tokens, cost_micro_usd, created_at from ai_usage_archive`,
  );
  await archive();
  expect(await ages(org, "ai_usage")).toEqual([]);
  expect(await ages(org, "ai_usage_archive")).toEqual([120, 121]);
});

test("each organization says when, and a budget of all time counts what is in the archive", async () => {
  const org = await organization();
  await org.call("PATCH", "/v1/organization", { settings: { usageArchiveAfterDays: 31 } });
  await calledOn(org, 20, 40, 400);
  await archive();
  expect(await ages(org, "ai_usage_archive")).toEqual([40, 400]);
  const budget = { subjectType: "end_user", subjectId: "Ida", period: "total", unit: "tokens", limit: 1_000 };
  expect((await org.call("POST", "/v1/budgets", budget)).body).toMatchObject({ spent: 9 });
});
