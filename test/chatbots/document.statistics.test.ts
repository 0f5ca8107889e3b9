import { expect, test } from "vitest";
import { asTenant, organization, settled, type TestOrganization } from "../harness.ts";

const statistics = async (of: TestOrganization) => (await of.call("GET", "/v1/documents/statistics")).body;

test("an organization's documents are counted, its own alone, and failures by their reason", async () => {
  const [org, other] = [await organization(), await organization()];
  const nothing = { documents: 0, chunks: 0, tokens: 0, bytes: 0, pages: 0, embeddingsWaiting: 0 };
  expect(await statistics(org)).toMatchObject({ ...nothing, byLanguage: [], failures: [] });
  const ids: string[] = [];
  for (const fields of [{}, { documentType: "safety", language: "de" }, { origin: "generated" }, {}, {}]) {
    const text = `The kettle boils the water in three minutes. ${crypto.randomUUID()}`;
    const content = { title: "Kettle", text, mimeType: "text/plain", language: "en", ...fields };
    ids.push((await org.call("POST", "/v1/documents", content)).body.id);
  }
  await Promise.all(ids.map((id) => settled(org, id)));
  for (const [id, reason] of [
    [ids[3], "It is locked."],
    [ids[4], "It is locked."],
  ])
    await asTenant(org.id, "update documents set status = 'failed', failure_reason = $2 where id = $1", [id, reason]);
  await asTenant(org.id, "update documents set page_count = 3, status = 'processing' where id = $1", [ids[0]]);
  await asTenant(org.id, "delete from search_vectors where source_id = $1", [ids[0]]);
  const [sums] = await asTenant<{ bytes: string; chunks: string; tokens: string }>(
    org.id,
    "select (select sum(file_size) from documents) as bytes, count(*) as chunks, sum(token_count) as tokens from document_chunks",
  );
  expect(await statistics(org)).toEqual({
    documents: 5,
    byStatus: { uploaded: 0, processing: 1, completed: 2, failed: 2 },
    byDocumentType: { technical: 0, regulatory: 0, safety: 1, marketing: 0, certification: 0, other: 4 },
    byOrigin: { uploaded: 4, fetched: 0, generated: 1, analyzed: 0 },
    byLanguage: [
      { language: "en", documents: 4 },
      { language: "de", documents: 1 },
    ],
    bytes: Number(sums!.bytes),
    pages: 3,
    chunks: Number(sums!.chunks),
    tokens: Number(sums!.tokens),
    embeddingsWaiting: 1,
    failures: [{ reason: "It is locked.", documents: 2 }],
  });
  expect(await statistics(other)).toMatchObject(nothing);
});
