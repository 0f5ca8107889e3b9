import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, organization, settled, type TestOrganization, uploadText } from "../harness.ts";

type Product = { id: string; name: string; parentId: string | null; childCount: number; documentCount: number };

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});
const create = (fields: object, to = org) =>
  to.call<Product>("POST", "/v1/products", { name: "Tool", category: "Tools", ...fields });
const make = async (parentId?: string | null, fields: object = {}) => (await create({ parentId, ...fields })).body.id;
const get = async (id: string) => (await org.call<Product>("GET", `/v1/products/${id}`)).body;
const move = (id: string, parentId: string | null, to = org) => to.call("PATCH", `/v1/products/${id}`, { parentId });
const documentOf = (productId: string, text: string, title = "Manual") =>
  org.call("POST", "/v1/documents", { title, text, mimeType: "text/plain", productId });
const refused = (path: string, status = 400) => ({ status, body: { errors: [expect.objectContaining({ path })] } });

test("a product stands under another, and says how much hangs on it", async () => {
  const tools = await make();
  const drill = await create({ parentId: tools });
  expect(drill).toMatchObject({ status: 201, body: { parentId: tools, childCount: 0, documentCount: 0 } });
  await documentOf(drill.body.id, `Drills turn. ${crypto.randomUUID()}`);
  expect(await get(tools)).toMatchObject({ parentId: null, childCount: 1, documentCount: 0 });
  expect(await get(drill.body.id)).toMatchObject({ childCount: 0, documentCount: 1 });
  expect((await move(drill.body.id, null)).body).toMatchObject({ parentId: null, documentCount: 1 });
  expect(await get(tools)).toMatchObject({ childCount: 0 });
});

test("a list is narrowed by where a product stands, its category, its status and its SKU", async () => {
  const other = await organization();
  const made = async (fields: object) => (await create(fields, other)).body.id;
  const top = await made({ name: "Top" });
  const child = await made({ name: "Child", parentId: top, category: "Drills", status: "draft" });
  await made({ name: "Grandchild", parentId: child, sku: "G-1" });
  const named = async (query: string) =>
    (await other.call("GET", `/v1/products?${query}`)).body.items.map(({ name }: Product) => name);
  expect(await named("parentId=top")).toEqual(["Top"]);
  expect(await named(`parentId=${top}`)).toEqual(["Child"]);
  expect(await named("category=Drills")).toEqual(["Child"]);
  expect(await named("status=active")).toEqual(["Grandchild", "Top"]);
  expect(await named("sku=G-1")).toEqual(["Grandchild"]);
  expect(await named(`parentId=${child}&status=draft`)).toEqual([]);
  expect(await other.call("GET", "/v1/products?parentId=nonsense")).toMatchObject(refused("parentId"));
});

describe("a product never stands", () => {
  test("under itself, however long the way", async () => {
    const first = await make();
    const child = await make(first);
    const grandchild = await make(child);
    for (const parent of [first, child, grandchild])
      expect(await move(first, parent)).toMatchObject(refused("parentId"));
    expect(await get(first)).toMatchObject({ parentId: null, childCount: 1 });
  });

  test("under one that is not there, or is another organization's", async () => {
    const own = await make();
    const theirs = (await create({}, await organization())).body.id;
    for (const parent of [crypto.randomUUID(), theirs]) {
      expect(await move(own, parent)).toMatchObject(refused("parentId", 404));
      expect(await create({ parentId: parent })).toMatchObject(refused("parentId", 404));
    }
  });

  test("under more than 20 others, nor does what stands under it", async () => {
    const chain = [await make()];
    while (chain.length < 21) chain.push(await make(chain.at(-1)));
    expect(await create({ parentId: chain[20] })).toMatchObject(refused("parentId"));
    const branch = await make();
    await make(branch);
    expect(await move(branch, chain[19]!)).toMatchObject(refused("parentId"));
    expect((await move(branch, chain[18]!)).status).toBe(200);
  });
});

describe("at once", () => {
  test("of moves that would together close a circle one is refused", async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b, c] = [await make(), await make(), await make()];
      const two = await Promise.all([move(a, b), move(b, a)]);
      expect(two.map(({ status }) => status).sort()).toEqual([200, 400]);
      await Promise.all([move(a, null), move(b, null)]);
      const three = await Promise.all([move(a, b), move(b, c), move(c, a)]);
      expect(three.map(({ status }) => status).sort()).toEqual([200, 200, 400]);
    }
  });

  test("moves, new children, changes and deletions all get their answer", async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b, c] = [await make(), await make(), await make()];
      await make(b);
      const replies = await Promise.all([
        move(a, b),
        move(b, c),
        create({ parentId: b }),
        org.call("PATCH", `/v1/products/${a}`, { name: "Renamed" }),
        org.call("DELETE", `/v1/products/${b}`),
        move(c, a),
      ]);
      for (const { status } of replies) expect([200, 201, 204, 400, 404]).toContain(status);
    }
  });
});

test("what stood under a deleted product stands at the top, and its documents stay, without one", async () => {
  const parent = await make();
  const child = await make(parent);
  const { id } = (await documentOf(parent, `The zither is tuned. ${crypto.randomUUID()}`)).body;
  await settled(org, id);
  expect((await org.call("DELETE", `/v1/products/${parent}`)).status).toBe(204);
  expect(await get(child)).toMatchObject({ parentId: null });
  expect((await org.call("GET", `/v1/documents/${id}`)).body).toMatchObject({ productId: null, status: "completed" });
  const told = "select data, actor_kind from events where resource_id = $1 and type = 'document.updated'";
  expect(await asTenant(org.id, told, [id])).toEqual([{ data: { changed: ["productId"] }, actor_kind: "key" }]);
});

test("documents of a product that is not active stay with the staff when it is deleted", async () => {
  const product = await make();
  const { id } = (await documentOf(product, `The bassoon is taken apart. ${crypto.randomUUID()}`)).body;
  await settled(org, id);
  await org.call("PATCH", `/v1/products/${product}`, { status: "archived" });
  expect((await org.call("DELETE", `/v1/products/${product}`)).status).toBe(204);
  expect((await org.call("GET", `/v1/documents/${id}`)).body).toMatchObject({ productId: null, audience: "staff" });
  const told = "select data from events where resource_id = $1 and type = 'document.updated'";
  expect(await asTenant(org.id, told, [id])).toEqual([{ data: { changed: ["productId", "audience"] } }]);
});

test("a product that changes and goes while its documents are processed takes nothing with it", async () => {
  const product = await make();
  const uploads = await Promise.all(
    Array.from({ length: 8 }, (_, n) => documentOf(product, `Quokka number ${n}. ${crypto.randomUUID()}`)),
  );
  const changes = await Promise.all([
    org.call("PATCH", `/v1/products/${product}`, { name: "Renamed", status: "archived" }),
    org.call("DELETE", `/v1/products/${product}`),
  ]);
  expect(changes[1].status).toBe(204);
  const settledOnes = await Promise.all(uploads.map(({ body }) => settled(org, body.id)));
  expect(settledOnes).toMatchObject(uploads.map(() => ({ status: "completed", productId: null })));
  const found = await org.call("POST", "/v1/search", { query: "quokka", mode: "lexical", limit: 20 });
  expect(found.body.results).toHaveLength(uploads.length);
});

describe("a search narrowed to a product's tree", () => {
  let ids: Record<"tools" | "drills" | "saws", string>;
  beforeAll(async () => {
    org = await organization();
    const tools = await make(null, { name: "Ocelot tools" });
    const [drills, saws] = [await make(tools, { name: "Ocelot drills" }), await make(null, { name: "Ocelot saws" })];
    ids = { tools, drills, saws };
    const uploads = await Promise.all(
      Object.entries(ids).map(([name, id]) => documentOf(id, `The ocelot of ${name}. ${crypto.randomUUID()}`, name)),
    );
    const loose = await uploadText(org, `The ocelot of nobody. ${crypto.randomUUID()}`, "loose");
    await Promise.all([...uploads.map(({ body }) => body.id), loose].map((id) => settled(org, id)));
  });
  const found = async (filter: object, to = org) => {
    const { body } = await to.call("POST", "/v1/search", { query: "ocelot", mode: "lexical", limit: 20, filter });
    return body.results.map(({ source }: { source: { title: string } }) => source.title).sort();
  };

  test("finds what hangs on the product and on all that stands under it", async () => {
    expect(await found({ productTree: ids.tools })).toEqual(["Ocelot drills", "Ocelot tools", "drills", "tools"]);
    expect(await found({ productTree: ids.drills })).toEqual(["Ocelot drills", "drills"]);
    expect(await found({ productTree: { in: [ids.drills, ids.saws] } })).toEqual([
      "Ocelot drills",
      "Ocelot saws",
      "drills",
      "saws",
    ]);
    expect(await found({ productTree: { notIn: [ids.tools] } })).toEqual(["Ocelot saws", "loose", "saws"]);
    expect(await found({ parentId: ids.tools })).toEqual(["Ocelot drills"]);
  });

  test("finds nothing of another organization's", async () => {
    expect(await found({ productTree: ids.tools }, await organization())).toEqual([]);
  });
});
