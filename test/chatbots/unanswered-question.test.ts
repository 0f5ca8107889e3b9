import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, idle, organization, settled, type TestOrganization, uploadText } from "../harness.ts";

const MANUAL = "The Aurora kettle holds 1.5 litres. The Aurora kettle has a warranty of two years.";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
  await settled(org, await uploadText(org, MANUAL, "Aurora manual"));
});

const newChatbot = async (fields: object = {}) =>
  (await org.call("POST", "/v1/chatbots", { name: `Support ${crypto.randomUUID()}`, ...fields })).body.id as string;
const ask = async (chatbotId: string, content: string, more: object = {}) => {
  const { body } = await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content, ...more });
  await idle(org);
  return body;
};
// biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of a question
const inbox = async (chatbotId: string, query = ""): Promise<any[]> =>
  (await org.call("GET", `/v1/chatbots/${chatbotId}/unanswered-questions${query}`)).body.items;
const pathOf = (chatbotId: string, { id }: { id: string }) => `/v1/chatbots/${chatbotId}/unanswered-questions/${id}`;

/** The warranty stands in the manual, but this chatbot is too strict to see it. */
const strict = () => newChatbot({ scoreThreshold: 0.999 });
const WARRANTY = "How long is the warranty of the Aurora kettle?";

test("what is refused is in the inbox, what is answered is not; questions of one meaning stand together, the most often asked first", async () => {
  const chatbotId = await newChatbot();
  await ask(chatbotId, WARRANTY);
  for (const content of [
    "Which airline flies from Lisbon to Reykjavik?",
    "What is the capital of Mongolia?",
    "What is the capital city of Mongolia?",
    "ร้านเปิดกี่โมง",
  ])
    await ask(chatbotId, content);
  const items = await inbox(chatbotId);
  expect(items.map(({ question, timesAsked }) => [question, timesAsked])).toEqual([
    ["What is the capital of Mongolia?", 2],
    ["ร้านเปิดกี่โมง", 1],
    ["Which airline flies from Lisbon to Reykjavik?", 1],
  ]);
  expect(items[0]).toMatchObject({ status: "open", languages: ["en"], examples: [{ reason: "refused" }, {}] });
  expect(items[1].languages).toEqual(["th"]);
  const first = await org.call("GET", `/v1/chatbots/${chatbotId}/unanswered-questions?limit=1`);
  expect(first.body.items).toEqual(items.slice(0, 1));
  expect(await inbox(chatbotId, `?limit=2&cursor=${first.body.nextCursor}`)).toEqual(items.slice(1));
});

test("so is an answer whose thumb is down, and none whose thumb is up", async () => {
  const chatbotId = await newChatbot();
  const judged = async (content: string, thumbs: string) => {
    const { message } = await ask(chatbotId, content);
    expect(message.answered).toBe(true);
    expect((await org.call("PUT", `/v1/messages/${message.id}/feedback`, { thumbs })).status).toBe(200);
    await idle(org);
  };
  await judged(WARRANTY, "up");
  expect(await inbox(chatbotId)).toEqual([]);
  await judged("How many litres does the Aurora kettle hold?", "down");
  expect(await inbox(chatbotId)).toMatchObject([
    { question: "How many litres does the Aurora kettle hold?", examples: [{ reason: "disliked" }] },
  ]);
});

test("collected twice, at once or late, a message is counted once", async () => {
  const chatbotId = await newChatbot();
  const { message } = await ask(chatbotId, "What is the capital of Mongolia?");
  for (let round = 0; round < 2; round++) {
    const jobId = crypto.randomUUID();
    await asTenant(
      org.id,
      "insert into jobs (id, kind, subject_id, failed_at, last_error, attempts) values ($1, 'unanswered-question.collect', $2, now(), 'It broke.', 5)",
      [jobId, message.id],
    );
    expect((await org.call("POST", `/v1/failed-jobs/${jobId}/replay`)).status).toBeLessThan(300);
    await idle(org);
  }
  expect((await inbox(chatbotId)).map(({ timesAsked }) => timesAsked)).toEqual([1]);
});

test("many who ask at once are one question", async () => {
  const chatbotId = await newChatbot();
  await Promise.all([1, 2, 3, 4].map(() => ask(chatbotId, "What is the capital of Mongolia?")));
  expect((await inbox(chatbotId)).map(({ timesAsked }) => timesAsked)).toEqual([4]);
});

test("a draft is written from what stands nearest, each quote verified; where nothing answers, it says so", async () => {
  const chatbotId = await strict();
  await ask(chatbotId, WARRANTY);
  await ask(chatbotId, "What is the capital of Mongolia?");
  const [capital, warranty] = await inbox(chatbotId);
  expect(warranty.draft.content).toContain("two years");
  expect(warranty.draft.citations).toMatchObject([{ marker: 1, title: "Aurora manual" }]);
  expect(MANUAL).toContain(warranty.draft.citations[0].quote);
  expect(capital.draft).toMatchObject({ content: null, citations: [] });
});

describe("an approved question", () => {
  test("is answered with its draft from then on, and the retest shows it", async () => {
    const chatbotId = await strict();
    await ask(chatbotId, WARRANTY);
    const [question] = await inbox(chatbotId);
    const path = pathOf(chatbotId, question);
    expect((await org.call("POST", `${path}/retest`)).body).toMatchObject({ answered: false, curatedAnswerId: null });
    const approved = await org.call("POST", `${path}/approve`, {});
    expect(approved).toMatchObject({ status: 200, body: { status: "answered", curatedAnswerId: expect.any(String) } });
    const { curatedAnswerId } = approved.body;
    expect((await org.call("POST", `${path}/retest`)).body).toMatchObject({ answered: true, curatedAnswerId });
    const { message } = await ask(chatbotId, WARRANTY);
    expect(message).toMatchObject({ curatedAnswerId, citations: [{ title: "Aurora manual" }] });
    expect((await org.call("GET", path)).body).toMatchObject({ retestAnswered: true, status: "answered" });
    expect((await org.call("POST", `${path}/approve`, { answer: "Else." })).status).toBe(409);
  });

  test("has the answer that was written for it, under the question that was written for it", async () => {
    const chatbotId = await newChatbot();
    await ask(chatbotId, "What is the capital of Mongolia?");
    const [question] = await inbox(chatbotId);
    const path = pathOf(chatbotId, question);
    expect(await org.call("POST", `${path}/approve`, {})).toMatchObject({
      status: 400,
      body: { errors: [{ path: "answer" }] },
    });
    const edits = { question: "What is Mongolia's capital?", answer: "Ulaanbaatar.", wordings: ["Mongolian capital"] };
    expect((await org.call("POST", `${path}/approve`, edits)).status).toBe(200);
    expect((await ask(chatbotId, "mongolian capital")).message.content).toBe("Ulaanbaatar.");
  });

  test("two who approve at once make one answer", async () => {
    const chatbotId = await strict();
    await ask(chatbotId, WARRANTY);
    const [question] = await inbox(chatbotId);
    const approve = () => org.call("POST", `${pathOf(chatbotId, question)}/approve`, {});
    expect((await Promise.all([approve(), approve(), approve()])).map(({ status }) => status).sort()).toEqual([
      200, 409, 409,
    ]);
    expect((await org.call("GET", `/v1/chatbots/${chatbotId}/curated-answers`)).body.items).toHaveLength(1);
  });

  test("that is refused again is open again; a dismissed one stays dismissed", async () => {
    const chatbotId = await newChatbot();
    await ask(chatbotId, "What is the capital of Mongolia?");
    const [question] = await inbox(chatbotId);
    for (const [status, after] of [
      ["answered", "open"],
      ["dismissed", "dismissed"],
    ]) {
      await org.call("PATCH", pathOf(chatbotId, question), { status });
      await ask(chatbotId, "What is the capital of Mongolia?");
      expect((await inbox(chatbotId))[0].status).toBe(after);
    }
    expect(await inbox(chatbotId, "?status=open")).toEqual([]);
  });
});

describe("what an erased person asked", () => {
  const capital = "What is the capital of Mongolia?";

  test("is nowhere in the inbox, and somebody else's words speak for it", async () => {
    const chatbotId = await newChatbot();
    const person = crypto.randomUUID();
    await ask(chatbotId, capital, { endUser: person });
    await ask(chatbotId, "What is the capital city of Mongolia?");
    expect((await org.call("DELETE", `/v1/end-users/${person}`)).body.complete).toBe(true);
    await idle(org);
    expect(await inbox(chatbotId)).toMatchObject([
      { question: "What is the capital city of Mongolia?", timesAsked: 1, examples: [{}], draft: null },
    ]);
    await ask(chatbotId, capital);
    expect(await inbox(chatbotId)).toMatchObject([{ timesAsked: 2, draft: { content: null } }]);
  });

  test("was never in the inbox when nobody else asked it, and its words answer nobody", async () => {
    const chatbotId = await newChatbot();
    const person = crypto.randomUUID();
    await ask(chatbotId, capital, { endUser: person });
    const [question] = await inbox(chatbotId);
    await org.call("POST", `${pathOf(chatbotId, question)}/approve`, { answer: "Ulaanbaatar." });
    await org.call("DELETE", `/v1/end-users/${person}`);
    await idle(org);
    expect(await inbox(chatbotId)).toEqual([]);
    const { items } = (await org.call("GET", `/v1/chatbots/${chatbotId}/curated-answers`)).body;
    expect(items).toMatchObject([{ question: null, wordings: [], answer: "Ulaanbaatar." }]);
  });
});
