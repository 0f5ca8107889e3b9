import { beforeAll, expect, test } from "vitest";
import { organization, signIn } from "../harness.ts";
import { called, inZone, makeMonth } from "./calls.ts";

// The months of 2040 in which New York's clocks change; no cron that archives the past knows them.
beforeAll(async () => {
  for (const month of [2, 3, 10, 11]) await makeMonth(2040, month);
});

type Item = Record<string, unknown>;
const figures = (items: Item[], ...names: string[]) => items.map((item) => names.map((name) => item[name]));

test("days are cut at midnight in the organization's time zone, whatever the month of a call's id", async () => {
  const org = await organization();
  await inZone(org, "Asia/Tokyo");
  await called(
    org,
    { at: "2040-02-29T14:59:59.999Z", costMicroUsd: 1 },
    { at: "2040-02-29T15:00:00Z", costMicroUsd: 2 },
    { at: "2040-03-01T14:59:59.999Z", costMicroUsd: 4 },
    { at: "2040-03-01T15:00:00Z", costMicroUsd: 8 },
    { at: "2040-03-01T00:00:05Z", idAt: "2040-02-29T23:59:58Z", costMicroUsd: 16 },
  );
  const usage = async (query: string) => (await org.call("GET", `/v1/usage?${query}`)).body;
  const { items, totals, ...span } = await usage("from=2040-02-29&to=2040-03-02");
  expect(span).toEqual({ from: "2040-02-29", to: "2040-03-02", timeZone: "Asia/Tokyo" });
  expect(figures(items, "day", "calls", "costMicroUsd")).toEqual([
    ["2040-03-02", 1, 8],
    ["2040-03-01", 3, 22],
    ["2040-02-29", 1, 1],
  ]);
  expect(totals).toMatchObject({ groups: 3, calls: 5, costMicroUsd: 31 });
  expect((await usage("from=2040-03-01&to=2040-03-01")).totals).toMatchObject({ calls: 3, costMicroUsd: 22 });
  const months = await usage("from=2040-02-01&to=2040-03-31&groupBy=month");
  expect(figures(months.items, "month", "costMicroUsd")).toEqual([
    ["2040-03", 30],
    ["2040-02", 1],
  ]);
});

test("a day on which clocks change has 23 or 25 hours, and every call is in one day", async () => {
  const org = await organization();
  await inZone(org, "America/New_York");
  const days: [day: string, begins: string, ends: string, hours: number][] = [
    ["2040-03-11", "2040-03-11T05:00:00Z", "2040-03-12T04:00:00Z", 23],
    ["2040-11-04", "2040-11-04T04:00:00Z", "2040-11-05T05:00:00Z", 25],
  ];
  for (const [day, begins, ends, hours] of days) {
    const [first, end] = [Date.parse(begins), Date.parse(ends)];
    const each = Array.from({ length: hours + 2 }, (_, hour) => ({ at: new Date(first + (hour - 1) * 3_600_000) }));
    await called(org, ...each, { at: new Date(first - 1) }, { at: new Date(end - 1) });
    const of = async (query: string) => (await org.call("GET", `/v1/usage?${query}`)).body;
    expect((await of(`from=${day}&to=${day}`)).totals.calls).toBe(hours + 1);
    const [before, after] = [-1, 1].map((n) => new Date(Date.parse(day) + n * 86_400_000).toISOString().slice(0, 10));
    const { items } = await of(`from=${before}&to=${after}`);
    expect(figures(items, "day", "calls")).toEqual([
      [after, 1],
      [day, hours + 1],
      [before, 2],
    ]);
  }
});

test("where clocks go back at midnight, the hour that comes twice is of the day that begins", async () => {
  const org = await organization();
  await inZone(org, "America/Havana");
  await called(org, { at: "2040-11-04T03:59:59Z" }, { at: "2040-11-04T04:00:00Z" }, { at: "2040-11-04T05:00:00Z" });
  const of = async (day: string) => (await org.call("GET", `/v1/usage?from=${day}&to=${day}`)).body.totals.calls;
  expect([await of("2040-11-03"), await of("2040-11-04")]).toEqual([1, 2]);
});

test("failed calls and retries count, those without a price have no cost, times are of calls that did not fail, quality of those that have some", async () => {
  const org = await organization();
  const at = "2040-03-15T12:00:00Z";
  await called(
    org,
    {
      at,
      model: "m",
      inputTokens: 100,
      outputTokens: 7,
      costMicroUsd: 50,
      latencyMs: 100,
      firstTokenMs: 10,
      qualityScore: 1,
    },
    {
      at,
      model: "m",
      inputTokens: 200,
      outputTokens: 8,
      costMicroUsd: 60,
      latencyMs: 300,
      firstTokenMs: 30,
      qualityScore: 0.5,
    },
    { at, model: "m", costMicroUsd: 0, latencyMs: 60_000, attempts: 5, error: "TimeoutError" },
    { at, model: "unpriced", inputTokens: 5, costMicroUsd: null, latencyMs: 20 },
    { at, model: "unpriced", costMicroUsd: null, latencyMs: 9_000, error: "ThrottlingException" },
    { at, model: "broken", costMicroUsd: 0, latencyMs: 9_000, error: "ThrottlingException" },
  );
  const { items, totals } = (await org.call("GET", "/v1/usage?from=2040-03-15&to=2040-03-15&groupBy=model")).body;
  const none = { cacheReadTokens: 0, cacheWriteTokens: 0, retries: 0, averageQuality: null };
  expect(items).toEqual([
    {
      ...{ model: "m", calls: 3, failedCalls: 1, inputTokens: 300, outputTokens: 15, ...none },
      ...{ costMicroUsd: 110, callsWithoutPrice: 0, latencyMsP50: 200, latencyMsP95: 290, firstTokenMsP50: 20 },
      ...{ retries: 4, averageQuality: 0.75 },
    },
    {
      ...{ model: "broken", calls: 1, failedCalls: 1, inputTokens: 0, outputTokens: 0, ...none },
      ...{ costMicroUsd: 0, callsWithoutPrice: 0, latencyMsP50: null, latencyMsP95: null, firstTokenMsP50: null },
    },
    {
      ...{ model: "unpriced", calls: 2, failedCalls: 1, inputTokens: 5, outputTokens: 0, ...none },
      ...{ costMicroUsd: null, callsWithoutPrice: 2, latencyMsP50: 20, latencyMsP95: 20, firstTokenMsP50: null },
    },
  ]);
  expect(totals).toEqual({
    ...{ groups: 3, calls: 6, failedCalls: 3, retries: 4, inputTokens: 305, outputTokens: 15, cacheReadTokens: 0 },
    ...{ cacheWriteTokens: 0, costMicroUsd: 110, callsWithoutPrice: 2 },
  });
});

test("groups and filters give what a recount of the rows gives, the dearest first, and totals of those beyond the limit", async () => {
  const org = await organization();
  const bots = [crypto.randomUUID(), crypto.randomUUID(), undefined];
  const users = ["u1", "'; drop table ai_usage; --", undefined];
  const calls = Array.from({ length: 300 }, (_, n) => ({
    at: new Date(Date.UTC(2040, 2, 20 + (n % 3), n % 24)),
    chatbotId: bots[n % 3],
    endUserId: users[((n * 7) % 11) % 3],
    task: n % 2 ? "answer" : "rewrite",
    costMicroUsd: (n * 37) % 101,
    inputTokens: n,
  }));
  await called(org, ...calls);
  const of = async (query: string) => (await org.call("GET", `/v1/usage?from=2040-03-20&to=2040-03-22&${query}`)).body;
  const recount = Map.groupBy(
    calls.filter(({ task }) => task === "answer"),
    ({ chatbotId, endUserId }) => `${chatbotId ?? null} ${endUserId ?? null}`,
  );
  const expected = [...recount].map(([group, rows]) => [
    group,
    rows.length,
    rows.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
    rows.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
  ]);
  const { items, totals } = await of("groupBy=chatbot,endUser&task=answer");
  const got = items.map((item: Item) => [
    `${item.chatbotId} ${item.endUserId}`,
    item.calls,
    item.costMicroUsd,
    item.inputTokens,
  ]);
  expect([...got].sort()).toEqual(expected.sort());
  const costs = items.map((item: Item) => item.costMicroUsd);
  expect(costs).toEqual([...costs].sort((a, b) => b - a));
  const first = await of("groupBy=chatbot,endUser&task=answer&limit=2");
  expect(first).toMatchObject({ items: items.slice(0, 2), totals });
  const mine = await of(`groupBy=task&chatbotId=${bots[0]}&endUserId=${encodeURIComponent(users[1]!)}`);
  const rows = calls.filter(({ chatbotId, endUserId }) => chatbotId === bots[0] && endUserId === users[1]);
  expect(mine.totals.calls).toBe(rows.length);
  expect((await (await organization()).call("GET", "/v1/usage?from=2040-03-20&to=2040-03-22")).body.items).toEqual([]);
});

test("without dates it is the last 30 days, today included", async () => {
  const org = await organization();
  await inZone(org, "Pacific/Kiritimati");
  await called(org, { at: new Date() });
  const { from, to, items } = (await org.call("GET", "/v1/usage")).body;
  const today = new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 10);
  expect([to, (Date.parse(to) - Date.parse(from)) / 86_400_000]).toEqual([today, 29]);
  expect(items).toMatchObject([{ day: today, calls: 1 }]);
  expect((await org.call("GET", `/v1/usage?from=${from}`)).body).toMatchObject({ from, to, items });
});

test("as CSV it is the same table, and what a spreadsheet would calculate is text", async () => {
  const org = await organization();
  const at = "2040-03-25T12:00:00Z";
  const users = ['=HYPERLINK("http://x.example")', "+1", "-1", "@a", "\tb", 'a "b", c', "ok"];
  await called(org, ...users.map((endUserId, index) => ({ at, endUserId, costMicroUsd: 100 - index, latencyMs: 5 })));
  const reply = await org.call("GET", "/v1/usage?from=2040-03-25&to=2040-03-25&groupBy=day,endUser&format=csv");
  expect(reply.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(reply.headers.get("content-disposition")).toBe('attachment; filename="usage-2040-03-25-2040-03-25.csv"');
  const figures = (cost: number) => `1,0,0,0,0,0,0,${cost},0,5,5,,\r\n`;
  expect(reply.text).toBe(
    `day,endUserId,calls,failedCalls,retries,inputTokens,outputTokens,cacheReadTokens,cacheWriteTokens,costMicroUsd,callsWithoutPrice,latencyMsP50,latencyMsP95,firstTokenMsP50,averageQuality\r\n${[
      `"'=HYPERLINK(""http://x.example"")"`,
      "'+1",
      "'-1",
      "'@a",
      "'\tb",
      '"a ""b"", c"',
      "ok",
    ]
      .map((user, index) => `2040-03-25,${user},${figures(100 - index)}`)
      .join("")}`,
  );
});

test("a file that would not hold every group is refused instead of cut", async () => {
  const org = await organization();
  const calls = Array.from({ length: 10_001 }, (_, n) => ({
    at: "2040-03-26T12:00:00Z",
    endUserId: `u${n}`,
    costMicroUsd: n,
  }));
  await called(org, ...calls);
  const of = (query: string) => org.call("GET", `/v1/usage?from=2040-03-26&to=2040-03-26&${query}`);
  const refused = { status: 400, body: { errors: [{ path: "groupBy", message: expect.stringContaining("10001") }] } };
  expect(await of("groupBy=endUser&format=csv")).toMatchObject(refused);
  expect((await of("groupBy=endUser,model&format=csv&endUserId=u7")).text.split("\r\n")).toHaveLength(3);
  const { items, totals } = (await of("groupBy=endUser")).body;
  expect([items.length, items[0].endUserId, totals.groups, totals.costMicroUsd]).toEqual([
    1_000,
    "u10000",
    10_001,
    50_005_000,
  ]);
});

test.each([
  ["from=2040-03-02&to=2040-03-01", "to"],
  ["from=2040-01-01&to=2041-01-01", "to"],
  ["from=2040-02-30", "from"],
  ["from=0001-01-01", "from"],
  ["to=9999-12-31", "to"],
  ["groupBy=hour", "groupBy"],
  ["groupBy=day,day", "groupBy"],
  ["groupBy=", "groupBy"],
  ["chatbotId=1", "chatbotId"],
  ["limit=1001", "limit"],
  ["format=xml", "format"],
])("%s is refused by name", async (query, path) => {
  const org = await organization();
  expect(await org.call("GET", `/v1/usage?${query}`)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
});

test("what was spent is shown to owners and admins alone", async () => {
  const org = await organization();
  const roles = ["owner", "admin", "editor", "viewer", "support"];
  const paths = ["/v1/usage", "/v1/usage/days", "/v1/usage/forecast", "/v1/model-prices"];
  for (const path of paths) {
    const statuses = await Promise.all(
      roles.map(async (role) => (await org.call("GET", path, undefined, { key: await signIn(org, role) })).status),
    );
    expect([path, ...statuses]).toEqual([path, 200, 200, 403, 403, 403]);
  }
});
