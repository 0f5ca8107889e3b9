import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, idle, organization, settled, signIn, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
let document: string;
beforeAll(async () => {
  org = await organization();
  document = await uploadText(
    org,
    "The warranty of the Brisk kettle lasts two years. Descale the kettle once a month with citric acid.",
    "Brisk",
  );
  await settled(org, document);
});

const GOLDEN = [
  {
    question: "How long does the warranty of the Brisk kettle last?",
    expectedFacts: ["lasts two years"],
    expectedSources: [{ quote: "lasts two years" }],
  },
  {
    question: "How often should the kettle be descaled?",
    expectedAnswer: "Descale it monthly with citric acid.",
    expectedSources: [{}],
  },
  { question: "Who was the first emperor of Rome?", answerable: false },
];

async function newBot(fields: object = {}, questions = GOLDEN) {
  const bot = (await org.call("POST", "/v1/chatbots", { name: `Bot ${crypto.randomUUID()}`, ...fields })).body.id;
  const golden = questions.map((one) => ({
    ...one,
    ...(one.expectedSources && {
      expectedSources: one.expectedSources.map((source) => ({ documentId: document, ...source })),
    }),
  }));
  await org.call("POST", `/v1/chatbots/${bot}/golden-questions/import`, { questions: golden });
  return bot as string;
}
const begin = (bot: string, body: object = {}) => org.call("POST", `/v1/chatbots/${bot}/evals`, body);
const evalOf = async (id: string, query = "") => (await org.call("GET", `/v1/evals/${id}${query}`)).body;

async function evaluated(bot: string, body: object = {}) {
  const begun = await begin(bot, body);
  if (begun.status !== 202) throw new Error(begun.text);
  await idle(org);
  return evalOf(begun.body.id);
}

test("an eval tells recall, what answers say, refusals, quotes, times and cost, and is no conversation", async () => {
  const bot = await newBot();
  const conversations = async () => asTenant(org.id, "select count(*)::int as n from conversations");
  const before = await conversations();
  const run = await evaluated(bot);
  expect(run).toMatchObject({
    status: "completed",
    whole: true,
    total: 3,
    completed: 3,
    revision: 1,
    comparison: null,
  });
  expect(run.summary).toMatchObject({
    questions: 3,
    failed: 0,
    recall: 1,
    reciprocalRank: 1,
    correctness: 1,
    refusedUnanswerable: 1,
    refusedAnswerable: 0,
    wrongQuotes: 0,
  });
  expect(run.summary.quotes).toBeGreaterThan(0);
  expect(run.summary.latencyMsP50).toBeGreaterThan(0);
  expect(run.summary.thresholds).toHaveLength(21);
  expect(run.summary.thresholds.at(-1)).toMatchObject({ threshold: 1, refusedAnswerable: 1, refusedUnanswerable: 1 });
  const { items } = (await org.call("GET", `/v1/evals/${run.id}/results`)).body;
  const facts = items.flatMap(({ outcome }: { outcome: { facts: object[] } }) => outcome.facts);
  expect(facts).toContainEqual(expect.objectContaining({ fact: "lasts two years", holds: true, by: "words" }));
  expect(facts).toContainEqual(
    expect.objectContaining({ holds: true, by: "judge", reason: expect.stringMatching(/./) }),
  );
  const calls = await asTenant<{ task: string; cost: number }>(
    org.id,
    "select task, sum(cost_micro_usd)::int as cost from ai_usage where message_id = any ($1) group by task",
    [items.map(({ answerId }: { answerId: string }) => answerId)],
  );
  expect(calls.map(({ task }) => task).sort()).toEqual(expect.arrayContaining(["answer", "judge"]));
  expect(run.summary.costMicroUsd).toBe(calls.reduce((sum, { cost }) => sum + (cost ?? 0), 0));
  expect(await conversations()).toEqual(before);
});

test("a change that is not applied is tried, and compared by question with the run before", async () => {
  const bot = await newBot();
  const first = await evaluated(bot);
  const second = await evaluated(bot, { change: { scoreThreshold: 1 } });
  expect(second.summary).toMatchObject({ refusedAnswerable: 1, correctness: 0 });
  expect(second.comparison).toMatchObject({ evalId: first.id, before: { refusedAnswerable: 0 }, better: [] });
  expect(second.comparison.worse.map(({ what }: { what: string[] }) => what[0])).toEqual(["refused", "refused"]);
  expect((await org.call("GET", `/v1/chatbots/${bot}`)).body).toMatchObject({ scoreThreshold: 0, revision: 1 });
  expect((await evalOf(first.id, `?with=${second.id}`)).comparison.better).toHaveLength(2);
  expect(await begin(bot, { change: { retrievalK: 99 } })).toMatchObject({
    status: 400,
    body: { errors: [{ path: "change.retrievalK" }] },
  });
  expect(await begin(bot, { revision: 9 })).toMatchObject({ status: 404 });
});

test("a slice that is repeated, at once or late, asks no question that has a result", async () => {
  const bot = await newBot();
  const { body } = await begin(bot);
  await idle(org);
  const answers = async () => (await org.call("GET", `/v1/evals/${body.id}/results`)).body.items;
  const stored = await answers();
  await asTenant(org.id, "update eval_runs set status = 'running', completed_at = null where id = $1", [body.id]);
  const [open] = stored;
  await asTenant(
    org.id,
    "update eval_results set status = 'waiting', outcome = null where eval_id = $1 and golden_question_id = $2",
    [body.id, open.goldenQuestionId],
  );
  const job = crypto.randomUUID();
  await asTenant(
    org.id,
    "insert into jobs (id, kind, subject_id, failed_at, last_error, attempts) values ($1, 'eval.run', $2, now(), 'It broke.', 5)",
    [job, body.id],
  );
  await org.call("POST", `/v1/failed-jobs/${job}/replay`);
  await idle(org);
  const again = await answers();
  expect(again.slice(1)).toEqual(stored.slice(1));
  expect(again[0].answerId).not.toBe(open.answerId);
  expect(await evalOf(body.id)).toMatchObject({ status: "completed", completed: 3 });
});

test("money ends an eval with what was measured: its own limit, or a budget", async () => {
  const poor = await organization();
  const bot = (await poor.call("POST", "/v1/chatbots", { name: "Poor" })).body.id;
  await poor.call("POST", `/v1/chatbots/${bot}/golden-questions`, { question: "How long is the warranty?" });
  await settled(poor, await uploadText(poor, "The warranty lasts two years.", "W"));
  const over = async (body: object) => {
    const { id } = (await poor.call("POST", `/v1/chatbots/${bot}/evals`, body)).body;
    await idle(poor);
    return (await poor.call("GET", `/v1/evals/${id}`)).body;
  };
  expect(await over({ limits: { costMicroUsd: 0 } })).toMatchObject({
    status: "failed",
    failureReason: expect.stringContaining("0 at most"),
    summary: { questions: 0 },
  });
  const budget = { subjectType: "chatbot", subjectId: bot, period: "day", unit: "tokens", limit: 1 };
  expect((await poor.call("POST", "/v1/budgets", budget)).status).toBe(201);
  expect(await over({})).toMatchObject({ status: "failed", failureReason: expect.stringContaining("budget") });
});

test("one that is cancelled asks nothing more", async () => {
  const bot = await newBot();
  const { body } = await begin(bot);
  expect(await org.call("POST", `/v1/evals/${body.id}/cancel`)).toMatchObject({
    status: 200,
    body: { status: "cancelled" },
  });
  await idle(org);
  const { status, completed } = await evalOf(body.id);
  expect(status).toBe("cancelled");
  expect(completed).toBeLessThanOrEqual(3);
  expect((await org.call("POST", `/v1/evals/${body.id}/cancel`)).body.status).toBe("cancelled");
});

describe("the gate", () => {
  const patch = (bot: string, change: object, key = org.adminKey) =>
    org.call("PATCH", `/v1/chatbots/${bot}`, change, { key });
  const gated = () => newBot({ status: "active", evalGate: { maxDrop: 0.02 } });
  const refused = (detail: RegExp) => ({
    status: 409,
    body: { code: "CONFLICT", detail: expect.stringMatching(detail), errors: [{ path: "evalGate" }] },
  });

  test("lets what answers change only with evals that are not worse, and says which is missing or what got worse", async () => {
    const bot = await gated();
    expect(await patch(bot, { welcomeMessage: "Hello" })).toMatchObject({ status: 200 });
    expect(await patch(bot, { retrievalK: 8 })).toMatchObject(refused(/exactly this configuration.*POST/));
    await evaluated(bot, { change: { retrievalK: 8 } });
    expect(await patch(bot, { retrievalK: 8 })).toMatchObject(refused(/in force/));
    await evaluated(bot);
    await evaluated(bot, { change: { scoreThreshold: 1 } });
    expect(await patch(bot, { scoreThreshold: 1 })).toMatchObject(refused(/correctness fell from 1\.0000 to 0\.0000/));
    expect(await patch(bot, { retrievalK: 8, name: `Bot ${crypto.randomUUID()}` })).toMatchObject({ status: 200 });
    const { body } = await org.call("GET", `/v1/chatbots/${bot}/revisions?limit=1`);
    expect(await org.call("POST", `/v1/chatbots/${bot}/revisions/1/restore`, {})).toMatchObject({ status: 200 });
    expect(body.items[0].changed).toEqual(["name", "retrievalK"]);
  });

  test("is not gone round by an eval of some questions, a pause or the gate itself; but with what was active before it is again", async () => {
    const bot = await gated();
    await evaluated(bot);
    await evaluated(bot, { change: { retrievalK: 9 }, limits: { questions: 1 } });
    expect(await patch(bot, { retrievalK: 9 })).toMatchObject(refused(/exactly this configuration/));
    expect(await patch(bot, { evalGate: null })).toMatchObject(refused(/gate itself/));
    expect(await patch(bot, { evalGate: { maxDrop: 0.5 } })).toMatchObject(refused(/gate itself/));
    expect(await patch(bot, { status: "maintenance", retrievalK: 9 })).toMatchObject({ status: 200 });
    expect(await patch(bot, { status: "active" })).toMatchObject(refused(/exactly this configuration/));
    expect(await patch(bot, { status: "active", retrievalK: 5 })).toMatchObject({ status: 200 });
  });

  test("lets owners pass who say why, and tells it", async () => {
    const bot = await gated();
    const [owner, editor] = [await signIn(org, "owner"), await signIn(org, "editor")];
    const change = { systemPrompt: "Be brief.", force: true, reason: "It cannot wait" };
    expect(await patch(bot, { ...change, reason: undefined }, owner)).toMatchObject({
      status: 400,
      body: { errors: [{ path: "reason" }] },
    });
    expect(await patch(bot, change, editor)).toMatchObject({ status: 403 });
    expect(await patch(bot, change, owner)).toMatchObject({ status: 200 });
    const [told] = (await org.call("GET", `/v1/events?resourceId=${bot}&type=chatbot.updated`)).body.items;
    expect(told.data).toMatchObject({ reason: "It cannot wait", passedGate: expect.stringContaining("no eval") });
  });
});
