import { expect, test } from "vitest";
import { asTenant, organization } from "../harness.ts";
import { maintained, newChatbot, talked } from "./talk.ts";

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("an export tells each conversation that the filter leaves, archived ones too, then all that was said in it, however long, then how much it was", async () => {
  const org = await organization();
  const [chatbotId, other] = [await newChatbot(org), await newChatbot(org)];
  const old = await talked(org, { chatbotId, daysAgo: 40, turns: 300 });
  await talked(org, { chatbotId: other, daysAgo: 1 });
  await maintained("maintain_conversations(100)");
  await maintained("maintain_message_archive(1000)");
  const young = await talked(org, { chatbotId, daysAgo: 2, turns: 220 });
  await asTenant(
    org.id,
    "insert into conversations (id, chatbot_id, channel) select new_id(), $1, 'api' from generate_series(1, 120)",
    [chatbotId],
  );
  const { items } = (await org.call("GET", `/v1/conversations/${young}/messages?limit=2`)).body;
  await org.call("PUT", `/v1/messages/${items[1].id}/feedback`, { thumbs: "down" });
  const { text, headers } = await org.call("GET", `/v1/conversations/export?chatbotId=${chatbotId}`);
  expect(headers.get("content-type")).toBe("application/jsonl");
  const told = linesOf(text);
  expect(told.at(-1)).toEqual({ type: "end", conversations: 122, messages: 1_040 });
  expect(told.length).toBe(1_163);
  expect(told[0]).toMatchObject({ type: "conversation", conversation: { id: old, status: "expired" } });
  expect(told.slice(1, 601).map(({ message }) => message.sequence)).toEqual(
    Array.from({ length: 600 }, (_, n) => n + 1),
  );
  expect(told[601]).toMatchObject({ type: "conversation", conversation: { id: young } });
  expect(told[603]).toMatchObject({ message: { id: items[1].id }, feedback: [{ thumbs: "down" }] });
  const some = linesOf((await org.call("GET", "/v1/conversations/export?thumbs=down")).text);
  expect(some.at(-1)).toMatchObject({ conversations: 1, messages: 440 });
  expect(text).not.toMatch(/organization|lease/i);
});

test("a transcript holds what stands, with its quotes, and brings no HTML along", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  const path = `/v1/chatbots/${chatbotId}/messages`;
  const first = (await org.call("POST", path, { content: "Old words" })).body;
  const { conversationId } = first;
  await org.call("POST", path, {
    content: "<script>alert(1)</script>\nSecond line",
    conversationId,
    replaces: first.questionId,
  });
  await org.call("POST", `/v1/conversations/${conversationId}/takeover`, { by: "Ann" });
  await org.call("POST", path, { content: '{"a": 1}', contentType: "json", conversationId });
  await org.call("POST", `/v1/conversations/${conversationId}/messages`, {
    content: "<b>```</b>",
    contentType: "html",
    by: "Ann",
  });
  const { markdown } = (await org.call("GET", `/v1/conversations/${conversationId}/transcript`)).body;
  expect(markdown).toContain("> &lt;script>alert(1)&lt;/script>\n> Second line");
  expect(markdown).not.toContain("\n> Old words");
  expect(markdown).toContain('> ```json\n> {"a": 1}\n> ```');
  expect(markdown).toMatch(/\*\*Staff \(Ann\)\*\*, .*\n\n> ````html\n> <b>```<\/b>\n> ````/);
});

test("what is said to be JSON is JSON", async () => {
  const org = await organization();
  const reply = await org.call("POST", `/v1/chatbots/${await newChatbot(org)}/messages`, {
    content: "{a: 1}",
    contentType: "json",
  });
  expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: "content", message: "is not JSON" }] } });
});
