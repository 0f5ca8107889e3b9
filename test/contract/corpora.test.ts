import type { SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { beforeAll, describe, expect, test } from "vitest";
import { CORPORA, CORPUS_NAMES, type Corpus, type CorpusName, FIELDS, type Viewer } from "../../db/corpora.ts";
import type { Filter } from "../../db/filter.ts";
import { parseEvents } from "../../scripts/client/sse.ts";
import { asTenant, fixturesOf, organization, settled, stack, type TestOrganization } from "../harness.ts";

const STAFF: Viewer = { audience: "staff" };
const PUBLIC: Viewer = { audience: "public" };
const QUESTION = "heliotrope";

// @ts-expect-error: a corpus that does not say who may see it is none
const _undeclared: Corpus = { ...CORPORA.product, visible: undefined };

/** Of each corpus one source that everybody may see and some that the public may not, all of which the question finds. */
const FIXTURES: Record<CorpusName, (org: TestOrganization) => Promise<{ visible: string; hidden: string[] }>> = {
  async document_chunk(org) {
    const [active, ...old] = [await newProduct(org), ...(await archivedProducts(org))];
    const conversationId = await fixturesOf(org).conversation();
    const [visible, ofArchived, ofGone, unfinished, ofConversation, forStaff, withdrawn] = await Promise.all([
      newDocument(org, { productId: active }),
      newDocument(org, { productId: old[0] }),
      newDocument(org, { productId: old[1] }),
      newDocument(org),
      newDocument(org, { origin: "analyzed", conversationId }),
      newDocument(org, { audience: "staff" }),
      newDocument(org),
    ]);
    await org.call("DELETE", `/v1/products/${old[1]}`);
    await org.call("PATCH", `/v1/documents/${withdrawn}`, { audience: "staff" });
    await asTenant(org.id, "update documents set status = 'processing', version = 0 where id = $1", [unfinished]);
    return { visible, hidden: [ofArchived, ofGone, unfinished, ofConversation, forStaff, withdrawn] };
  },
  async product(org) {
    const others = ["inactive", "draft", "archived"].map((status) => newProduct(org, { status }));
    return { visible: await newProduct(org), hidden: await Promise.all(others) };
  },
};

const archivedProducts = (org: TestOrganization) =>
  Promise.all([1, 2].map(() => newProduct(org, { status: "archived" })));

const newProduct = async (org: TestOrganization, fields: object = {}) =>
  (
    await org.call<{ id: string }>("POST", "/v1/products", {
      name: `Lamp ${crypto.randomUUID()}`,
      category: "Lights",
      description: `Shines ${QUESTION}.`,
      ...fields,
    })
  ).body.id;

async function newDocument(org: TestOrganization, more: object = {}) {
  const text = `The ${QUESTION} lamp of room ${crypto.randomUUID()}.`;
  const reply = await org.call("POST", "/v1/documents", { title: "Lamp", text, mimeType: "text/plain", ...more });
  await settled(org, reply.body.id);
  return reply.body.id as string;
}

async function sourcesOf(org: TestOrganization, query: SQL) {
  const { sql: text, params } = new PgDialect().sqlToQuery(query);
  const [row] = await asTenant<{ ids: string[] }>(org.id, `select ${text} as ids`, params);
  return row!.ids;
}

const searched = async (org: TestOrganization, corpus: CorpusName, filter?: Filter): Promise<string[]> => {
  const reply = await org.call("POST", "/v1/search", { query: QUESTION, corpora: [corpus], limit: 100, filter });
  return reply.body.results.map(({ source }: { source: { id: string } }) => source.id);
};

/** The documents that a chatbot was shown for the question. */
async function shown(org: TestOrganization, chatbot: object = {}): Promise<string[]> {
  const made = await org.call("POST", "/v1/chatbots", {
    name: `Bot ${crypto.randomUUID()}`,
    retrievalK: 50,
    ...chatbot,
  });
  const response = await fetch(`${stack.url}/v1/chatbots/${made.body.id}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${org.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ content: `What about ${QUESTION}?`, stream: true }),
  });
  const ids: string[] = [];
  for await (const { event, data } of parseEvents(response.body!))
    if (event === "sources")
      ids.push(...JSON.parse(data).sources.map((each: { documentId: string }) => each.documentId));
  return ids;
}

describe.each(CORPUS_NAMES)("%s", (name) => {
  const corpus: Corpus = CORPORA[name];
  let org: TestOrganization;
  let visible: string;
  let hidden: string[];
  beforeAll(async () => {
    org = await organization();
    ({ visible, hidden } = await FIXTURES[name](org));
  });

  test("the public sees what it may and nothing else", async () => {
    const sources = await sourcesOf(org, corpus.sources({}, PUBLIC)!);
    expect(sources).toContain(visible);
    for (const id of hidden) expect(sources).not.toContain(id);
    const named = { [corpus.fields.documentId ? "documentId" : "productId"]: { in: [visible, ...hidden] } };
    expect(await sourcesOf(org, corpus.sources(named, PUBLIC)!)).toEqual([visible]);
  });

  test("where nothing narrows no array is built", () => {
    expect(corpus.sources({}, STAFF)).toBeUndefined();
    expect(corpus.sources(undefined, STAFF)).toBeUndefined();
  });

  test("of what is not assigned to a chatbot nothing is left", async () => {
    expect(await sourcesOf(org, corpus.sources({}, STAFF, crypto.randomUUID())!)).toEqual([]);
  });

  test("every field can be asked in every way, and one that another corpus has leaves nothing", async () => {
    for (const [field, { type, words }] of Object.entries(FIELDS)) {
      const value = { id: crypto.randomUUID(), text: "x", word: words[0]!, number: 1, time: new Date().toISOString() }[
        type
      ];
      const isOrdered = type === "number" || type === "time";
      const ways = isOrdered
        ? [{ gt: value }, { gte: value }, { lt: value }, { lte: value }]
        : [value, { in: [value] }];
      for (const way of ways)
        expect(await sourcesOf(org, corpus.sources({ [field]: way }, PUBLIC)!)).toBeInstanceOf(Array);
      if (!corpus.fields[field])
        expect(await sourcesOf(org, corpus.sources({ [field]: { notIn: [value] } }, STAFF)!)).toEqual([]);
    }
    expect(await sourcesOf(org, corpus.sources({ "metadata.x.y": { gte: 1 } }, STAFF)!)).toEqual([]);
  });

  test("the staff finds all of it", async () => {
    expect((await searched(org, name)).sort()).toEqual(expect.arrayContaining([visible, ...hidden].sort()));
  });
});

test("a field has one type in all corpora", () => {
  for (const [field, { type }] of Object.entries(FIELDS))
    for (const { fields } of Object.values<Corpus>(CORPORA)) expect([undefined, type]).toContain(fields[field]?.type);
});

describe("a chatbot", () => {
  let org: TestOrganization;
  let visible: string;
  let hidden: string[];
  beforeAll(async () => {
    org = await organization();
    ({ visible, hidden } = await FIXTURES.document_chunk(org));
  });

  test("answers the public from what it may see", async () => {
    expect(await shown(org)).toEqual([visible]);
    expect(await shown(org, { knowledgeBaseFilter: { documentId: { in: [visible, ...hidden] } } })).toEqual([visible]);
  });

  test("still answers from a document that is processed again, and from what it was before where that failed", async () => {
    const id = await newDocument(org);
    for (const [status, reason] of [
      ["uploaded", null],
      ["processing", null],
      ["failed", "It broke."],
    ] as const) {
      await asTenant(org.id, "update documents set status = $2, failure_reason = $3 where id = $1", [
        id,
        status,
        reason,
      ]);
      expect(await shown(org)).toContain(id);
    }
  });

  test("and a search ask in the same language", async () => {
    const ids = [await newDocument(org), await newDocument(org)];
    await asTenant(
      org.id,
      `update documents set metadata = '{"region": {"code": "EU"}, "year": 2024}' where id = $1`,
      ids.slice(0, 1),
    );
    await asTenant(
      org.id,
      `update documents set metadata = '{"region": {"code": "US"}, "year": "soon"}' where id = $1`,
      ids.slice(1),
    );
    for (const [filter, expected] of [
      [{ "metadata.region.code": "EU" }, ids.slice(0, 1)],
      [{ "metadata.region.code": { in: ["EU", "US"] } }, ids],
      [{ "metadata.year": { gte: 2020, lt: 2030 } }, ids.slice(0, 1)],
      [{ "metadata.year": { exists: true }, documentId: ids[1]! }, ids.slice(1)],
      [{ "metadata.year": { exists: true }, category: "Lights" }, []],
    ] as [Filter, string[]][]) {
      expect((await searched(org, "document_chunk", filter)).sort()).toEqual(expected.toSorted());
      expect((await shown(org, { knowledgeBaseFilter: filter })).sort()).toEqual(expected.toSorted());
    }
  });

  test.each<[object, string]>([
    [{ owner: "me" }, "owner"],
    [{ documentType: { in: ["safety", "poem"] } }, "documentType.in.1"],
    [{ "metadata.year": { gte: true } }, "metadata.year.gte"],
    [{ createdAt: { gte: "yesterday" } }, "createdAt.gte"],
    [{ productId: { near: "x" } }, "productId.near"],
  ])("and a search refuse %j alike, and name it", async (filter, path) => {
    const search = await org.call("POST", "/v1/search", { query: "x", filter });
    const chatbot = await org.call("POST", "/v1/chatbots", { name: "Bot", knowledgeBaseFilter: filter });
    for (const [field, reply] of Object.entries({ filter: search, knowledgeBaseFilter: chatbot })) {
      expect(reply).toMatchObject({ status: 400, body: { code: "INVALID" } });
      expect(reply.body.errors[0].path).toBe(`${field}.${path}`);
    }
  });
});
