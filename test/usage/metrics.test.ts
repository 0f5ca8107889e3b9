import { expect, test } from "vitest";
import { newId } from "../../db/columns.ts";
import { asTenant, idle, organization, superuser, type TestOrganization } from "../harness.ts";
import { called } from "./calls.ts";

const DAY_MS = 86_400_000;
const TOKYO = "Asia/Tokyo";
const dayIn = (timeZone: string, at: number) => new Intl.DateTimeFormat("en-CA", { timeZone }).format(at);
/** The last midnight in Tokyo, which has had no other clock for 70 years. */
const midnight = Date.parse(`${dayIn(TOKYO, Date.now())}T00:00:00+09:00`);

const newChatbot = async (org: TestOrganization) =>
  (await org.call("POST", "/v1/chatbots", { name: `Support ${crypto.randomUUID()}` })).body.id as string;

type Talk = { chatbotId: string; at: number; person?: string; channel?: string; seconds?: number; statuses: string[] };

/** A conversation with a question and an answer for each status. */
async function talk(org: TestOrganization, { chatbotId, at, person, channel = "web", seconds = 60, statuses }: Talk) {
  const id = newId();
  await asTenant(
    org.id,
    `insert into conversations (id, chatbot_id, channel, end_user_id, last_sequence, created_at, last_activity_at, satisfaction_score)
     values ($1, $2, $3, $4, $5, $6::timestamptz, $6::timestamptz + make_interval(secs => $7), 4)`,
    [id, chatbotId, channel, person ?? null, 2 * statuses.length, new Date(at).toISOString(), seconds],
  );
  for (const [index, status] of statuses.entries())
    for (const [offset, role] of ["user", "assistant"].entries())
      await asTenant(
        org.id,
        `insert into messages (id, conversation_id, sequence, role, status, content, processing_time_ms, created_at)
         values (new_id(), $1, $2, $3, $4, 'x', $5, $6)`,
        [
          id,
          2 * index + offset + 1,
          role,
          role === "user" ? "completed" : status,
          role === "user" ? null : 100 * (index + 1),
          new Date(at + 1_000).toISOString(),
        ],
      );
  await asTenant(
    org.id,
    `insert into ai_usage (id, task, model, chatbot_id, input_tokens, output_tokens, cost_micro_usd, latency_ms, created_at)
     values (new_id(), 'answer', 'm', $1, 10, 5, 7, 1, $2)`,
    [chatbotId, new Date(at + 1_000).toISOString()],
  );
  return id;
}

const rollUp = (org: TestOrganization) => asTenant(org.id, "select roll_up_metrics(3)");
const metricsOf = async (org: TestOrganization, query = "") =>
  (await org.call("GET", `/v1/metrics/daily${query}`)).body.items as Record<string, unknown>[];

test("figures are those of the facts, cut at the organization's midnight, however often they are made", async () => {
  const org = await organization();
  await org.call("PATCH", "/v1/organization", { timeZone: TOKYO });
  const [one, two] = [await newChatbot(org), await newChatbot(org)];
  await talk(org, { chatbotId: one, at: midnight - 3_000, person: "Ida", statuses: ["completed"] });
  await talk(org, { chatbotId: one, at: midnight + 1, person: "Ida", seconds: 120, statuses: ["completed", "failed"] });
  await talk(org, {
    chatbotId: one,
    at: midnight + 2,
    person: "Ida",
    channel: "line",
    seconds: 0,
    statuses: ["completed"],
  });
  await talk(org, { chatbotId: one, at: midnight + 3, statuses: ["interrupted"] });
  await talk(org, { chatbotId: two, at: midnight + 4, statuses: ["completed"] });
  await Promise.all([rollUp(org), rollUp(org), rollUp(org)]);
  const items = await metricsOf(org);
  expect(items).toHaveLength(3);
  const [today, yesterday] = items.filter(({ chatbotId }) => chatbotId === one);
  expect(today).toMatchObject({
    metricDate: dayIn(TOKYO, midnight),
    totalSessions: 3,
    totalMessages: 8,
    uniqueUsers: 2,
    avgSessionDurationSeconds: 60,
    avgMessagesPerSession: expect.closeTo(8 / 3, 3),
    avgResponseTimeMs: 125,
    totalTokensUsed: 45,
    totalCostMicroUsd: 21,
    avgUserSatisfaction: 4,
    successfulResponsesRatio: 0.5,
    platformBreakdown: { web: 2, line: 1 },
  });
  expect(yesterday).toMatchObject({ metricDate: dayIn(TOKYO, midnight - DAY_MS), totalSessions: 1, totalMessages: 2 });
  expect(await metricsOf(org, `?chatbotId=${two}`)).toMatchObject([
    { totalSessions: 1, platformBreakdown: { web: 1 } },
  ]);
  expect(await metricsOf(await organization())).toEqual([]);
});

test("what comes late counts, what is gone within the last days counts no more, and older figures stay", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  const yesterday = Date.now() - DAY_MS;
  const id = await talk(org, { chatbotId, at: yesterday, statuses: ["completed"] });
  await rollUp(org);
  await asTenant(
    org.id,
    `insert into daily_metrics (chatbot_id, metric_date, total_sessions, total_messages, unique_users, total_tokens_used, total_cost_micro_usd, platform_breakdown)
     select chatbot_id, metric_date - 20, 9, 9, 9, 9, 9, '{}' from daily_metrics`,
  );
  await talk(org, { chatbotId, at: yesterday, statuses: ["completed"] });
  await rollUp(org);
  expect((await metricsOf(org)).map(({ totalSessions }) => totalSessions)).toEqual([2, 9]);
  await asTenant(org.id, "delete from conversations where id = $1", [id]);
  await rollUp(org);
  expect((await metricsOf(org)).map(({ totalSessions }) => totalSessions)).toEqual([1, 9]);
});

test("each chatbot has its figures of the last 30 days, counted once, and they are no revision of it", async () => {
  const org = await organization();
  const [busy, idler] = [await newChatbot(org), await newChatbot(org)];
  const at = Date.now() - 10 * DAY_MS;
  const calm = await talk(org, { chatbotId: busy, at, person: "Ida", statuses: ["completed", "failed", "completed"] });
  await talk(org, { chatbotId: busy, at, person: "Ida", seconds: 0, statuses: ["completed"] });
  await talk(org, { chatbotId: busy, at: at - 21 * DAY_MS, person: "Bo", statuses: ["completed"] });
  await asTenant(org.id, "update conversations set satisfaction_score = 1 where id = $1", [calm]);
  const figuresOf = async (bot: string) => {
    await org.call("PATCH", "/v1/organization", { name: `Acme ${crypto.randomUUID()}` });
    await idle(org, 25_000, { all: true });
    return (await org.call("GET", `/v1/chatbots/${bot}`)).body;
  };
  expect(await figuresOf(busy)).toMatchObject({
    revision: 1,
    performanceMetrics: {
      days: 30,
      totalSessions: 2,
      totalMessages: 8,
      uniqueUsers: 1,
      avgSessionDurationSeconds: 30,
      avgResponseTimeMs: 175,
      avgUserSatisfaction: 2.5,
      successfulResponsesRatio: 0.75,
      totalCostMicroUsd: 21,
    },
  });
  const nothing = { totalSessions: 0, totalMessages: 0, uniqueUsers: 0, avgUserSatisfaction: null };
  expect((await figuresOf(idler)).performanceMetrics).toMatchObject(nothing);
  await asTenant(org.id, "delete from conversations");
  const { performanceMetrics, createdAt, updatedAt } = await figuresOf(busy);
  expect(performanceMetrics).toMatchObject(nothing);
  expect(updatedAt).toBe(createdAt);
});

test("each hour they are asked for where somebody spoke or a model was called, once", async () => {
  const [org, reader, silent] = [await organization(), await organization(), await organization()];
  await called(reader, { at: new Date(), task: "embed" });
  await talk(org, { chatbotId: await newChatbot(org), at: Date.now(), statuses: ["completed"] });
  await superuser`select maintain_metrics(3)`;
  await superuser`select maintain_metrics(3)`;
  expect(await asTenant(org.id, "select kind from jobs")).toEqual([{ kind: "metrics.summarize" }]);
  expect(await asTenant(reader.id, "select kind from jobs")).toEqual([{ kind: "metrics.summarize" }]);
  expect(await asTenant(silent.id, "select kind from jobs")).toEqual([]);
});

test("a file of them has a line for each, and a time that is none is refused by its field", async () => {
  const org = await organization();
  await talk(org, { chatbotId: await newChatbot(org), at: Date.now(), statuses: ["completed"] });
  await rollUp(org);
  const { text, headers } = await org.call("GET", "/v1/metrics/daily?format=csv");
  expect(headers.get("content-type")).toContain("text/csv");
  expect(text.trim().split("\r\n")).toHaveLength(2);
  const wrong = await org.call("GET", "/v1/metrics/daily?from=2026-13-01");
  expect(wrong).toMatchObject({ status: 400, body: { errors: [{ path: "from" }] } });
});
