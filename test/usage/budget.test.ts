import { beforeAll, describe, expect, test } from "vitest";
import { connect, enterOrganization, openTenant } from "../../db/client.ts";
import { newId } from "../../db/columns.ts";
import { type ModelCall, recordModelCalls } from "../../db/queries/usage/ai-usage.ts";
import { reserveCall } from "../../db/queries/usage/budget.ts";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { asTenant, organization, settled, stack, type TestOrganization, uploadText } from "../harness.ts";

/** In the price list that migrations bring: $0.035 and $0.14, $0.80 and $3.20 for a million tokens in and out. */
const [CHEAP, DEAR] = ["amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0"];
const MANUAL = "# Aurora kettle\n\nThe Aurora kettle has a warranty of two years. Batteries are not covered by it.";
const WARRANTY = "How long is the warranty of the Aurora kettle?";
const FALLBACK = "Please write to us.";

type Budget = { id: string; spent: number; reserved: number; limit: number; resetsAt: string | null };
const make = async (org: TestOrganization, budget: object) => {
  const reply = await org.call<Budget>("POST", "/v1/budgets", { period: "day", unit: "tokens", limit: 1, ...budget });
  expect(reply.status).toBe(201);
  return reply.body;
};
const read = async (org: TestOrganization, { id }: { id: string }) =>
  (await org.call<Budget>("GET", `/v1/budgets/${id}`)).body;
const events = (org: TestOrganization, type: string) =>
  asTenant<{ data: { percent: number } }>(org.id, "select data from events where type = $1 order by id", [type]);

/** The organization's database as the worker has it. */
function tenantOf(org: TestOrganization) {
  const db = connect(stack.appUrl, { endpoint: stack.endpoint, timeoutMs: LIMITS.databaseTimeoutMs });
  return openTenant(db, { statements: () => [enterOrganization(db, org.id, { kind: "system", id: null })] });
}
const wanted = {
  task: "answer" as const,
  model: CHEAP,
  defaultModel: CHEAP,
  tiers: {},
  inputTokens: 10,
  outputTokens: 10,
  calls: 1,
  mayStepDown: true,
};
const reserve = (org: TestOrganization, more: object = {}) =>
  reserveCall(tenantOf(org), { id: newId(), ...wanted, ...more }, 60);
const callOf = (more: Partial<ModelCall> = {}): ModelCall => ({
  ...{
    id: newId(),
    task: "answer",
    model: CHEAP,
    inputTokens: 10,
    outputTokens: 10,
    outcome: "succeeded",
    operation: "test",
  },
  ...{ cacheReadTokens: 0, cacheWriteTokens: 0, latencyMs: 5, attempts: 1, requestId: newId(), ...more },
});
const record = (org: TestOrganization, calls: ModelCall[], reservations: string[] = []) => {
  const tenant = tenantOf(org);
  return tenant.batch([recordModelCalls(tenant, calls, reservations)]);
};

describe("a hard budget", () => {
  test("of 200 calls at once that it holds 50 of, 50 are made, and what is spent is never over it", async () => {
    const org = await organization();
    const budget = await make(org, { limit: 50 * 20 });
    const ids = Array.from({ length: 200 }, newId);
    const made = (
      await Promise.all(
        ids.map(async (id) => {
          const granted = await reserve(org, { id });
          if ("refusedBy" in granted) return [];
          await record(org, [callOf({ id })], [id]);
          return [id];
        }),
      )
    ).flat();
    expect(made).toHaveLength(50);
    expect(await read(org, budget)).toMatchObject({ spent: 1000, reserved: 0 });
  });

  test("holds each call until its row is written, once, however often it is asked or told", async () => {
    const org = await organization();
    const budget = await make(org, { limit: 100 });
    const id = newId();
    await Promise.all([reserve(org, { id }), reserve(org, { id })]);
    expect(await read(org, budget)).toMatchObject({ spent: 0, reserved: 20 });
    const call = callOf({ inputTokens: 3, outputTokens: 4, cacheReadTokens: 1 });
    await Promise.all([record(org, [call], [id]), record(org, [call], [id])]);
    expect(await read(org, budget)).toMatchObject({ spent: 8, reserved: 0 });
  });

  test("counts nothing that a dead worker reserved, once it has expired", async () => {
    const org = await organization();
    const budget = await make(org, { limit: 20 });
    const id = newId();
    await reserve(org, { id });
    expect(await reserve(org)).toMatchObject({ refusedBy: { id: budget.id, reserved: 20, needed: 20 } });
    await asTenant(org.id, "update budget_reservations set expires_at = now() where id = $1", [id]);
    expect(await reserve(org)).toMatchObject({ model: CHEAP });
  });

  test("bounds whose it is and nobody else", async () => {
    const org = await organization();
    const chatbotId = (await org.call("POST", "/v1/chatbots", { name: "Support" })).body.id;
    await make(org, { subjectType: "end_user", subjectId: "Ida 'Ä\" OR 1=1", limit: 1 });
    await make(org, { subjectType: "chatbot", subjectId: chatbotId, limit: 1 });
    expect(await reserve(org, { endUserId: "Ida" })).toMatchObject({ model: CHEAP });
    expect(await reserve(org, { chatbotId: newId() })).toMatchObject({ model: CHEAP });
    expect(await reserve(org, { endUserId: "Ida 'Ä\" OR 1=1" })).toHaveProperty("refusedBy");
    expect(await reserve(org, { chatbotId })).toHaveProperty("refusedBy");
    expect(await reserve(await organization(), { chatbotId })).toMatchObject({ model: CHEAP });
  });

  test("reserves with all budgets or with none", async () => {
    const org = await organization();
    const wide = await make(org, { limit: 1_000 });
    await make(org, { period: "month", limit: 1 });
    expect(await reserve(org)).toHaveProperty("refusedBy");
    expect(await read(org, wide)).toMatchObject({ reserved: 0 });
  });

  test("counts what was spent in its period before it was made, and begins anew with the next day of the organization", async () => {
    const org = await organization();
    await org.call("PATCH", "/v1/organization", { timeZone: "Asia/Tokyo" });
    await record(org, [callOf(), callOf({ endUserId: "Ida" })]);
    const [all, hers] = [
      await make(org, { limit: 41 }),
      await make(org, { subjectType: "end_user", subjectId: "Ida" }),
    ];
    expect([all.spent, hers.spent]).toEqual([40, 20]);
    const tokyo = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Tokyo" });
    expect(new Date(all.resetsAt!).getUTCHours()).toBe(15);
    expect(tokyo.format(Date.parse(all.resetsAt!))).toBe(tokyo.format(Date.now() + 86_400_000));
    expect(await reserve(org)).toHaveProperty("refusedBy");
    await asTenant(org.id, "update budget_periods set starts_on = starts_on - 1");
    expect(await reserve(org)).toMatchObject({ model: CHEAP });
  });

  test("in money holds no call whose price nobody knows, and says so", async () => {
    const org = await organization();
    await make(org, { unit: "micro_usd", limit: 1_000_000 });
    expect(await reserve(org, { model: "local.extractive-v1" })).toMatchObject({ refusedBy: { needed: null } });
    expect(await reserve(org, { model: `eu.${CHEAP}` })).toMatchObject({ model: `eu.${CHEAP}` });
  });

  test("has what it does not hold done by its cheaper model, if that may do it", async () => {
    const org = await organization();
    const dear = { model: DEAR, inputTokens: 1_000, outputTokens: 1_000 };
    await make(org, { unit: "micro_usd", limit: 2_000, stepDownModel: CHEAP });
    expect(await reserve(org, dear)).toMatchObject({ model: CHEAP });
    expect(await reserve(org, { ...dear, mayStepDown: false })).toHaveProperty("refusedBy");
    expect(await reserve(org, { ...dear, outputTokens: 100_000 })).toMatchObject({ refusedBy: { model: CHEAP } });
  });
});

test("a soft budget refuses nothing; its cheaper model takes over once it is spent; each share is told once", async () => {
  const org = await organization();
  await make(org, { enforcement: "soft", limit: 100, stepDownModel: CHEAP });
  expect(await reserve(org, { model: DEAR })).toMatchObject({ model: DEAR });
  for (let spent = 0; spent < 140; spent += 20) await record(org, [callOf()]);
  expect(await reserve(org, { model: DEAR })).toMatchObject({ model: CHEAP });
  expect((await events(org, "budget.alerted")).map(({ data }) => data.percent)).toEqual([50, 80, 100]);
});

test("what a fallback may cost is reserved too, and one that the budget would not hold is none", async () => {
  const org = await organization();
  await org.call("PATCH", "/v1/model-routes/answer", { model: CHEAP, fallbackModel: "sonnet" });
  const [tiers, sonnet] = [{ sonnet: "anthropic.claude-sonnet-4-6" }, "anthropic.claude-sonnet-4-6"];
  const routed = { model: null, defaultModel: "local.none", tiers, inputTokens: 1_000, outputTokens: 1_000 };
  expect(await reserve(org, routed)).toEqual({ model: CHEAP, fallbackModel: sonnet });
  const budget = await make(org, { unit: "micro_usd", limit: 20_000 });
  expect(await reserve(org, routed)).toEqual({ model: CHEAP, fallbackModel: sonnet });
  const { reserved } = await read(org, budget);
  expect(reserved).toBeGreaterThanOrEqual(18_000); // $3 and $15 for a million tokens
  expect(await reserve(org, routed)).toEqual({ model: CHEAP, fallbackModel: null });
  expect((await read(org, budget)).reserved - reserved).toBeLessThan(1_000);
});

describe("what a budget does not hold", () => {
  let org: TestOrganization;
  let chatbotId: string;
  beforeAll(async () => {
    org = await organization();
    await settled(org, await uploadText(org, MANUAL, "Aurora manual", "text/markdown"));
    const chatbot = { name: "Support", llmModel: DEAR, fallbackMessage: FALLBACK };
    chatbotId = (await org.call("POST", "/v1/chatbots", chatbot)).body.id;
    await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content: WARRANTY });
  });
  const ask = async (content = WARRANTY) => {
    const { body } = await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content });
    const [row] = await asTenant(org.id, "select model, error from messages where id = $1", [body.message.id]);
    return { ...body.message, ...row };
  };

  test("a chatbot answers with its fallback message, and the message's row says why", async () => {
    const { id } = await make(org, { subjectType: "chatbot", subjectId: chatbotId });
    expect(await ask()).toMatchObject({
      content: FALLBACK,
      answered: false,
      status: "completed",
      error: { code: "BUDGET_EXCEEDED", detail: expect.stringContaining("does not hold this") },
    });
    await org.call("PATCH", `/v1/budgets/${id}`, { limit: 1_000_000 });
    expect(await ask()).toMatchObject({ answered: true, error: null, model: DEAR });
    expect(await read(org, { id })).toMatchObject({ reserved: 0 });
    await org.call("DELETE", `/v1/budgets/${id}`);
  });

  test("a chatbot answers with the cheaper model, which its row and the ledger name", async () => {
    const budget = { subjectType: "chatbot", subjectId: chatbotId, unit: "micro_usd", limit: 3_000 };
    const { id, spent } = await make(org, { ...budget, stepDownModel: CHEAP });
    expect(spent).toBeLessThan(2_000);
    const message = await ask();
    expect(message).toMatchObject({ answered: true, model: CHEAP });
    const calls = await asTenant(org.id, "select model from ai_usage where message_id = $1 and task = 'answer'", [
      message.id,
    ]);
    expect(calls).toEqual([{ model: CHEAP }]);
    await org.call("DELETE", `/v1/budgets/${id}`);
  });

  test("is refused over the API with the budget and when it begins anew; a search goes on by words", async () => {
    const { id } = await make(org, {});
    const query = `kettle ${crypto.randomUUID()}`;
    const reply = await org.call("POST", "/v1/search", { query, mode: "vector" });
    expect(reply.status).toBe(402);
    expect(reply.body).toMatchObject({
      code: "BUDGET_EXCEEDED",
      budget: { id, limit: 1, resetsAt: expect.stringMatching(/^20.*Z$/) },
    });
    expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
    const { properties } = (await org.call("GET", "/openapi.json")).body.components.schemas.Problem;
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(reply.body)));
    expect(Object.keys(properties.budget.properties)).toEqual(expect.arrayContaining(Object.keys(reply.body.budget)));
    const hybrid = await org.call("POST", "/v1/search", { query });
    expect(hybrid.body).toMatchObject({ degraded: ["embedding"], results: [{ source: { title: "Aurora manual" } }] });
    await org.call("DELETE", `/v1/budgets/${id}`);
  });

  test("a document waits for, with its reason, and goes on at once when the budget is raised", async () => {
    const { id } = await make(org, {});
    const documentId = await uploadText(org, `The Borealis kettle is green. ${crypto.randomUUID()}`);
    const waiting = () =>
      asTenant<{ id: string; attempts: number }>(
        org.id,
        "select id, attempts from jobs where last_error like 'The budget%' and run_after > now() + interval '1 second'",
      );
    await expect.poll(waiting, { timeout: 20_000 }).toHaveLength(1);
    expect(await waiting()).toMatchObject([{ attempts: 0 }]);
    await org.call("PATCH", `/v1/budgets/${id}`, { limit: 1_000_000 });
    expect(await settled(org, documentId)).toMatchObject({ status: "completed" });
    await org.call("DELETE", `/v1/budgets/${id}`);
  });
});

test.each([
  ["a negative limit", { limit: -1 }, "limit"],
  ["no limit at all", { limit: 0 }, "limit"],
  ["NaN", { limit: "NaN" }, "limit"],
  ["a part of a token", { limit: 1.5 }, "limit"],
  ["more than there is", { limit: 1e15 + 1 }, "limit"],
  ["a period that is none", { period: "week" }, "period"],
  ["a unit that is none", { unit: "eur" }, "unit"],
  ["a chatbot without an id", { subjectType: "chatbot" }, "subjectId"],
  ["a chatbot whose id is none", { subjectType: "chatbot", subjectId: "Support" }, "subjectId"],
  ["an organization with an id", { subjectId: newId() }, "subjectId"],
  ["a cheaper model that nobody knows", { stepDownModel: "gpt-9" }, "stepDownModel"],
])("%s is refused by its field", async (_, change, path) => {
  const org = await organization();
  const reply = await org.call("POST", "/v1/budgets", { period: "day", unit: "tokens", limit: 9, ...change });
  expect(reply).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  expect((await org.call("GET", "/v1/budgets")).body.items).toEqual([]);
});

test("a second budget of the same kind, and one of another tenant's chatbot, are refused", async () => {
  const [org, other] = [await organization(), await organization()];
  await make(org, {});
  const again = await org.call("POST", "/v1/budgets", { period: "day", unit: "tokens", limit: 9 });
  expect(again).toMatchObject({ status: 409, body: { errors: [{ path: "subjectId" }] } });
  const subjectId = (await other.call("POST", "/v1/chatbots", { name: "Theirs" })).body.id;
  const theirs = { subjectType: "chatbot", subjectId, period: "day", unit: "tokens", limit: 9 };
  expect(await org.call("POST", "/v1/budgets", theirs)).toMatchObject({ status: 404 });
});
