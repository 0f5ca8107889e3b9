import OpenAI from "openai";
import { beforeAll, expect, test } from "vitest";
import { type OwnStack, startOwnStack } from "./stack.ts";

const SENTENCES = ["The lantern is red and round.", "The lantern is tall and thin.", "The lantern is cheap and loud."];
const WHOLE = SENTENCES.map((sentence, index) => `${sentence} [${index + 1}]`).join(" ");
/** So many deltas of four characters hold the first quote and its close, and not the second. */
const FIRST_QUOTE = Math.ceil(`<q s="1">${SENTENCES[0]}</q> `.length / 4) + 1;

let stack: OwnStack;
let openai: OpenAI;
let model: string;
beforeAll(async () => {
  stack = await startOwnStack();
  openai = new OpenAI({ apiKey: stack.adminKey, baseURL: `${stack.url}/v1`, maxRetries: 0 });
  model = await stack.chatbot();
  const { body } = await stack.upload(SENTENCES.join(" "));
  await stack.settled(body.id);
  return stack.close;
});

let asked = 0;
const newQuestion = () => `What is the lantern${"!".repeat(asked++)}?`;
const bodyOf = (content: string) => ({ model, messages: [{ role: "user" as const, content }] });

async function told(question: string, options: OpenAI.RequestOptions = {}, onText = () => {}) {
  let text = "";
  let reason: string | null = null;
  try {
    for await (const { choices } of await openai.chat.completions.create(
      { ...bodyOf(question), stream: true },
      options,
    )) {
      text += choices[0]?.delta.content ?? "";
      reason = choices[0]?.finish_reason ?? reason;
      if (text) onText();
    }
    return { text, reason };
  } catch (error) {
    return { text, reason, error: error as InstanceType<typeof OpenAI.APIError> };
  }
}

test("a stream that breaks off is an error of the client's after what was said, which is kept, and never [DONE]", async () => {
  const question = newQuestion();
  const fault = { kind: "mid-stream-throttle", operation: "converse-stream", afterDeltas: FIRST_QUOTE } as const;
  stack.model.fails({ ...fault, match: question });
  const { text, reason, error } = await told(question);
  expect(error).toBeInstanceOf(OpenAI.APIError);
  expect(error).toMatchObject({ code: "service_unavailable", type: "server_error", param: null });
  expect(text.trim()).toBe(`${SENTENCES[0]} [1]`);
  expect(reason).toBeNull();
  expect(await stack.endedAnswer(question)).toMatchObject({ status: "interrupted", content: text });

  const again = newQuestion();
  stack.model.fails({ ...fault, match: again });
  const response = await stack.send("POST", "/v1/chat/completions", { ...bodyOf(again), stream: true });
  expect(await response.text()).not.toContain("[DONE]");
});

test("an answer that broke off is told by its key as it is kept, and as one that was cut", async () => {
  const question = newQuestion();
  const options = { headers: { "idempotency-key": crypto.randomUUID() } };
  stack.model.fails({ kind: "truncate", operation: "converse-stream", match: question, afterDeltas: FIRST_QUOTE });
  const { text } = await told(question, options);
  const kept = await told(question, options);
  expect(kept).toEqual({ text, reason: "length" });
});

test("a model that is down is an error that the client tries again, and the key makes it one turn", async () => {
  const question = newQuestion();
  stack.model.fails({ kind: "validation", operation: "converse-stream", match: question });
  const options = { headers: { "idempotency-key": crypto.randomUUID() } };
  const refused = await openai.chat.completions.create(bodyOf(question), options).catch((error) => error);
  expect(refused).toBeInstanceOf(OpenAI.UnprocessableEntityError);
  stack.model.fails({ kind: "unavailable", operation: "converse-stream", times: 5, match: question });
  const answer = await openai.chat.completions.create(bodyOf(question), { ...options, maxRetries: 2 });
  expect(answer.choices[0]!.message.content).toBe(WHOLE);
  const turns = await stack.rows("select id from messages where content = $1", [question]);
  expect(turns).toHaveLength(1);
});

test("a client that leaves in the middle costs no answer: it is written to its end", async () => {
  const question = newQuestion();
  stack.model.fails({ kind: "slow", operation: "converse-stream", match: question, delayMs: 40 });
  const leaving = new AbortController();
  const { text } = await told(question, { signal: leaving.signal }, () => leaving.abort());
  expect(WHOLE.startsWith(text.trim())).toBe(true);
  expect(text.trim()).not.toBe(WHOLE);
  expect(await stack.endedAnswer(question)).toMatchObject({ status: "completed", content: WHOLE });
});
