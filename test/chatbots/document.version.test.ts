import { beforeAll, expect, test } from "vitest";
import { asTenant, fileForm, organization, settled, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

type Chunk = { id: string; content: string; chunkIndex: number };
const chunksOf = async (id: string) =>
  (await org.call("GET", `/v1/documents/${id}/chunks?limit=100`)).body.items as Chunk[];
const replace = (id: string, text: string, mimeType = "text/markdown") =>
  org.call("PUT", `/v1/documents/${id}/content`, { text, mimeType });
const found = async (query: string) =>
  (await org.call("POST", "/v1/search", { query, mode: "lexical" })).body.results.map(
    ({ source }: { source: { id: string } }) => source.id,
  );
const sections = (count: number, say: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `# Part ${i}\n\n${say(i)} ${`It is number ${i} of many. `.repeat(40)}`);

test("a passage whose text stays keeps its id, wherever it moves to, and the log says what was new, gone and embedded", async () => {
  const before = sections(12, (i) => `About ${i}.`);
  const id = await uploadText(org, before.join("\n\n"), "Parts", "text/markdown");
  expect(await settled(org, id)).toMatchObject({ status: "completed", version: 1 });
  const old = await chunksOf(id);
  const after = [
    `# New\n\nThe porcupine came first. ${"It is the first of many. ".repeat(40)}`,
    ...before.toReversed().slice(0, 10),
  ];
  await replace(id, after.join("\n\n"));
  const document = await settled(org, id);
  expect(document).toMatchObject({ status: "completed", version: 2 });
  const now = await chunksOf(id);
  const idOf = (chunks: Chunk[], text: string) => chunks.find(({ content }) => content.includes(text))?.id;
  for (let i = 2; i < 12; i++) expect(idOf(now, `About ${i}.`)).toBe(idOf(old, `About ${i}.`));
  expect(now.map(({ chunkIndex }) => chunkIndex)).toEqual(now.map((_, index) => index));
  expect(now[0]!.content).toContain("porcupine");
  expect(now.some(({ content }) => content.includes("About 0."))).toBe(false);
  const { processingLog } = document as unknown as { processingLog: { step: string; detail?: string }[] };
  const said = processingLog.findLast(({ step }) => step === "chunked")!.detail;
  expect(said).toBe("11 chunks: 10 as before, 1 new, 2 gone, 1 embedded");
});

test("a version that cannot be read leaves the one before, in searches and for those whom a chatbot answers", async () => {
  const id = await uploadText(org, "The lighthouse has a green lamp.", "Lighthouse");
  expect(await settled(org, id)).toMatchObject({ status: "completed" });
  const broken = fileForm("%PDF-1.7 and then nothing", "lighthouse.pdf");
  expect((await org.call("PUT", `/v1/documents/${id}/content`, broken)).status).toBe(202);
  expect(await settled(org, id)).toMatchObject({ status: "failed", version: 1, chunkCount: 1 });
  expect(await found("lighthouse")).toEqual([id]);
  const chatbot = (await org.call("POST", "/v1/chatbots", { name: "Keeper", slug: "keeper", status: "active" })).body
    .id;
  const { body } = await org.call("POST", `/v1/chatbots/${chatbot}/messages`, {
    content: "Which lamp has the lighthouse?",
  });
  expect(body.message).toMatchObject({ answered: true, citations: [{ documentId: id }] });

  await replace(id, "The lighthouse has a purple lamp.", "text/plain");
  expect(await settled(org, id)).toMatchObject({ status: "completed", version: 2 });
  expect((await chunksOf(id)).map(({ content }) => content)).toEqual(["The lighthouse has a purple lamp."]);
});

test("what an answer quoted stands in its conversation after the document was replaced and deleted", async () => {
  const id = await uploadText(org, "The windmill grinds rye on Tuesdays.", "Windmill");
  await settled(org, id);
  const chatbot = (await org.call("POST", "/v1/chatbots", { name: "Miller", slug: "miller", status: "active" })).body
    .id;
  const asked = await org.call("POST", `/v1/chatbots/${chatbot}/messages`, {
    content: "When does the windmill grind rye?",
  });
  const { citations } = asked.body.message;
  expect(citations).toMatchObject([{ documentId: id, quote: expect.stringContaining("rye on Tuesdays") }]);
  await replace(id, "The windmill rests.", "text/plain");
  await settled(org, id);
  await org.call("DELETE", `/v1/documents/${id}`);
  const { items } = (await org.call("GET", `/v1/conversations/${asked.body.conversationId}/messages`)).body;
  expect(items.find(({ role }: { role: string }) => role === "assistant").citations).toEqual(citations);
});

test("a deletion's receipt says what went, and nothing of it is left", async () => {
  const id = await uploadText(org, "The barometer fell at noon.", "Barometer");
  await settled(org, id);
  const [{ hash }] = (await asTenant<{ hash: string }>(
    org.id,
    `select text_hash::text as hash from document_chunks where document_id = '${id}'`,
  )) as [{ hash: string }];
  const cached = () => asTenant(org.id, `select 1 from embedding_cache where text_hash = '${hash}'::bytea`);
  expect(await cached()).toHaveLength(1);
  const receipt = await org.call("DELETE", `/v1/documents/${id}`);
  expect(receipt).toMatchObject({
    status: 200,
    body: { documentId: id, title: "Barometer", bytes: 27, chunks: 1, cachedEmbeddings: 1, chatbots: 0 },
  });
  expect(await cached()).toEqual([]);
  expect(await found("barometer")).toEqual([]);
  expect((await org.call("DELETE", `/v1/documents/${id}`)).status).toBe(404);
});
