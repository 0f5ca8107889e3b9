import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, fileForm, organization, settled, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

const replace = (id: string, body: unknown, to = org) => to.call("PUT", `/v1/documents/${id}/content`, body);
const text = (content: string) => ({ text: content, mimeType: "text/plain" });
const found = async (query: string) =>
  (await org.call("POST", "/v1/search", { query, mode: "lexical" })).body.results.map(
    ({ source }: { source: { id: string } }) => source.id,
  );

test("a document keeps its id, title and product, and is found by its new text and no more by the old one", async () => {
  const productId = (await org.call("POST", "/v1/products", { name: "Pump", category: "-" })).body.id;
  const { id } = (
    await org.call("POST", "/v1/documents", { title: "Pump", productId, ...text("The pump is a gramophone.") })
  ).body;
  const before = await settled(org, id);
  expect(await replace(id, fileForm("The pump is a submarine.", "pump.txt"))).toMatchObject({
    status: 202,
    body: { id, status: "uploaded" },
  });
  const after = await settled(org, id);
  expect(after).toMatchObject({ id, title: "Pump", productId, filename: "pump.txt", status: "completed" });
  expect(after).not.toMatchObject({ contentHash: (before as { contentHash?: string }).contentHash });
  expect(await found("submarine")).toEqual([id]);
  expect(await found("gramophone")).toEqual([]);
});

test("of a document of which one paragraph changed, only what changed is embedded", async () => {
  const sections = Array.from({ length: 40 }, (_, i) => `# Part ${i}\n\n${`Number ${i} of many. `.repeat(60)}`);
  const id = await uploadText(org, sections.join("\n\n"), "Parts", "text/markdown");
  expect(await settled(org, id, 60_000)).toMatchObject({ status: "completed" });
  const calls = async () =>
    (
      await asTenant<{ calls: number }>(org.id, "select count(*)::integer as calls from ai_usage where task = 'embed'")
    )[0]!.calls;
  const before = await calls();
  sections[7] += " It is painted red.";
  await replace(id, { text: sections.join("\n\n"), mimeType: "text/markdown" });
  expect(await settled(org, id, 60_000)).toMatchObject({ status: "completed" });
  expect((await calls()) - before).toBeLessThanOrEqual(3);
});

test("replaced ten times at once it is one document, found by the text that it says it has", async () => {
  const id = await uploadText(org, "Version zeppelin.", "Versions");
  const words = ["alder", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel", "ivy", "juniper"];
  const replies = await Promise.all(words.map((word) => replace(id, text(`Version ${word}.`))));
  expect(replies.map(({ status }) => status)).toEqual(words.map(() => 202));
  expect(await settled(org, id)).toMatchObject({ status: "completed" });
  await expect
    .poll(async () => (await asTenant(org.id, "select 1 from jobs where failed_at is null")).length, {
      timeout: 20_000,
    })
    .toBe(0);
  const chunks = (await org.call("GET", `/v1/documents/${id}/chunks`)).body.items as { content: string }[];
  expect(chunks).toHaveLength(1);
  const last = chunks[0]!.content.split(" ")[1]!.replace(".", "");
  expect(await found(last)).toEqual([id]);
  for (const word of words.filter((word) => word !== last)) expect(await found(word)).toEqual([]);
});

describe("nothing is changed", () => {
  test("by the bytes that it has already", async () => {
    const id = await uploadText(org, "The anchor is of iron.", "Anchor");
    await settled(org, id);
    expect(await replace(id, text("The anchor is of iron."))).toMatchObject({
      status: 202,
      body: { id, status: "completed" },
    });
  });

  test("by the bytes of another document, which is named", async () => {
    const other = await uploadText(org, "The mast is of ash.", "Mast");
    const id = await uploadText(org, "The keel is of oak.", "Keel");
    await settled(org, id);
    expect(await replace(id, text("The mast is of ash."))).toMatchObject({ status: 409, body: { documentId: other } });
    expect(await found("keel")).toEqual([id]);
  });

  test("by nothing, or of a document that another organization has, or nobody", async () => {
    const id = await uploadText(org, "The sail is of linen.", "Sail");
    expect((await replace(id, fileForm("", "empty.txt"))).status).toBe(400);
    expect((await replace(id, text("Ours now."), await organization())).status).toBe(404);
    expect((await replace(crypto.randomUUID(), text("Ours now."))).status).toBe(404);
  });
});
