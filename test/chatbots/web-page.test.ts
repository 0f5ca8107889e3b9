import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, idle, organization, settled, type TestOrganization, uploadText } from "../harness.ts";
import { openSite } from "../web.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

const unique = () => crypto.randomUUID();
const upload = (url: string, more: object = {}) => org.call("POST", "/v1/documents", { url, ...more });
const get = (id: string) => org.call("GET", `/v1/documents/${id}`);
const webPage = async (id: string) => (await org.call("GET", `/v1/documents/${id}/web-page`)).body;
const found = async (query: string) =>
  (await org.call("POST", "/v1/search", { query, mode: "lexical" })).body.results.map(
    ({ source }: { source: { id: string } }) => source.id,
  );
const counts = async () =>
  (
    await asTenant(
      org.id,
      "select (select count(*)::int from documents) as documents, (select count(*)::int from web_pages) as pages",
    )
  )[0];

/** Fetches it again now, to the end of all that follows. */
async function fetchAgain(id: string) {
  expect((await org.call("POST", `/v1/documents/${id}/fetch`)).status).toBe(202);
  await idle(org);
}

describe("a document from a URL", () => {
  test("is made of the page behind the redirects, with the page's title, and is found", async () => {
    const site = await openSite({
      "/old": { status: 301, headers: { location: "{site}/new" } },
      "/new": {
        headers: { "content-encoding": "gzip" },
        body: gzipSync("<title>Care of the  samovar</title><p>Descale the samovar each month.</p>"),
      },
    });
    const { status, body } = await upload(`${site.url}/old#top`, { documentType: "technical", metadata: { a: 1 } });
    expect([status, body.status]).toEqual([202, "uploaded"]);
    expect(await settled(org, body.id)).toMatchObject({ title: "Care of the samovar", status: "completed" });
    expect((await get(body.id)).body).toMatchObject({ documentType: "technical", metadata: { a: 1 } });
    expect(await webPage(body.id)).toMatchObject({ url: `${site.url}/old`, lastError: null, dueAt: null });
    expect(await found("samovar")).toEqual([body.id]);
  });

  test("may be a file, which its name tells", async () => {
    const body = Buffer.from(`Model;Price\nK200;${unique()}\n`);
    const headers = {
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="a.csv"',
    };
    const path = `/download?key=${Array.from({ length: 55 }, unique).join("")}`;
    const site = await openSite({ [path]: { headers, body } });
    const made = await upload(site.url + path);
    expect(await settled(org, made.body.id)).toMatchObject({ title: "a", filename: "a.csv", status: "completed" });
  });

  test("asked for twice at once is one document, and the other request names it", async () => {
    const site = await openSite({ "/": `<p>Twice at once ${unique()}</p>` });
    const replies = await Promise.all([upload(`${site.url}/`), upload(site.url), upload(`${site.url}/#a`)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
    const again = await upload(`${site.url}/`);
    const { id } = replies.find(({ status }) => status === 202)!.body;
    expect(again).toMatchObject({ status: 409, body: { documentId: id, errors: [{ path: "url" }] } });
  });

  test("is one document with the same bytes that came another way", async () => {
    const text = `The same bytes ${unique()}`;
    const id = await uploadText(org, text);
    const site = await openSite({ "/": { headers: { "content-type": "text/plain" }, body: text } });
    expect(await upload(site.url)).toMatchObject({ status: 409, body: { documentId: id, errors: [{ path: "url" }] } });
  });
});

describe("nothing is made, and `url` is named with what to do,", () => {
  const bomb = gzipSync(Buffer.alloc(200_000_000, "a"));
  const redirect = (location: string) => ({ status: 302, headers: { location } });
  const endless = (
    _: unknown,
    response: { write: (bytes: Buffer) => boolean; on: (e: "drain", f: () => void) => void },
  ) => {
    const more = () => {
      while (response.write(Buffer.alloc(1_000_000, "a")));
    };
    response.on("drain", more);
    more();
  };
  test.each<[string, string, number]>([
    ["of what is no address", "kettle", 400],
    ["of an address that is long when it is escaped", `{site}/${"ü".repeat(1_000)}`, 400],
    ["of another protocol", "ftp://example.com/", 400],
    ["of this machine", "http://127.0.0.1:8080/", 400],
    ["of the metadata of a cloud", "http://169.254.169.254/latest/meta-data/", 400],
    ["of a name that leads to a private address", "http://private.example.com/", 400],
    ["of a name that leads nowhere", "http://missing.example.com/", 422],
    ["of a page that is not there", "{site}/gone", 422],
    ["of a redirect to the metadata of a cloud", "{site}/metadata", 400],
    ["of a redirect to a private name", "{site}/private", 400],
    ["of a name that turns private between two looks", "https://rebind.{host}/rebind", 400],
    ["of a redirect in a circle", "{site}/circle", 422],
    ["of what is not a document", "{site}/film", 422],
    ["of nothing", "{site}/empty", 422],
    ["of what never ends", "{site}/endless", 422],
    ["of what unpacks to too much", "{site}/bomb", 422],
    ["of a site that is busy", "{site}/busy", 422],
  ])("%s", async (_, address, status) => {
    const site = await openSite({
      "/metadata": redirect("http://169.254.169.254/latest/meta-data/"),
      "/private": redirect("https://private.example.com/"),
      "/rebind": redirect("/there"),
      "/there": "<p>Secret</p>",
      "/circle": redirect("/circle"),
      "/film": { headers: { "content-type": "video/mp4" }, body: "film" },
      "/empty": "",
      "/endless": endless as never,
      "/bomb": { headers: { "content-encoding": "gzip" }, body: bomb },
      "/busy": { status: 429, headers: { "retry-after": "7" } },
    });
    const before = await counts();
    const url = address.replace("{site}", site.url).replace("{host}", new URL(site.url).host);
    const reply = await upload(url);
    expect(reply).toMatchObject({
      status,
      body: { errors: [{ path: "url", message: expect.stringMatching(/\. .+\.$/) }] },
    });
    expect(reply.headers.get("retry-after")).toBe(address.endsWith("busy") ? "7" : null);
    expect(await counts()).toEqual(before);
    expect(site.paths()).not.toContain("/there");
  });

  test("when it comes with a text, and a text needs its fields", async () => {
    const reply = await upload("https://example.com/", { text: "a", mimeType: "text/plain" });
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: "text" }, { path: "mimeType" }] } });
    const none = await org.call("POST", "/v1/documents", { intervalHours: 1 });
    const paths = none.body.errors.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(["title", "text", "mimeType", "intervalHours"]);
  });
});

test("a site that does not answer is given up after some seconds, and nothing is made", async () => {
  const site = await openSite({ "/": () => undefined });
  const before = await counts();
  const started = Date.now();
  expect(await upload(site.url)).toMatchObject({ status: 422, body: { errors: [{ path: "url" }] } });
  expect(Date.now() - started).toBeLessThan(28_000);
  expect(await counts()).toEqual(before);
}, 60_000);

describe("fetched again", () => {
  test("a page that has not changed changes nothing, whether its site says so or sends it again", async () => {
    const body = `<p>Unchanged ${unique()}</p>`;
    const site = await openSite({ "/": { headers: { etag: '"v1"' }, body }, "/plain": `${body}<p>plain</p>` });
    for (const path of ["/", "/plain"]) {
      const { id } = (await upload(site.url + path)).body;
      const before = await settled(org, id);
      await idle(org);
      if (path === "/") site.pages["/"] = { status: 304 };
      await fetchAgain(id);
      expect((await get(id)).body).toEqual(before);
      const page = await webPage(id);
      expect([page.lastError, page.fetchedAt > (before as unknown as { createdAt: string }).createdAt]).toEqual([
        null,
        true,
      ]);
    }
    expect(site.asked.at(1)?.headers["if-none-match"]).toBe('"v1"');
  });

  test("a page that has changed is replaced under its document's id", async () => {
    const site = await openSite({ "/": { headers: { etag: '"v1"' }, body: "<p>The lid is of copper, once.</p>" } });
    const { id } = (await upload(site.url, { title: "Lid" })).body;
    await settled(org, id);
    site.pages["/"] = { headers: { etag: '"v2"' }, body: "<p>The lid is of titanium, now.</p>" };
    await fetchAgain(id);
    expect(await settled(org, id)).toMatchObject({ id, title: "Lid", status: "completed" });
    expect(await found("titanium")).toEqual([id]);
    expect(await found("copper")).toEqual([]);
    site.pages["/"] = { status: 304 };
    await fetchAgain(id);
    expect(site.asked.at(-1)?.headers["if-none-match"]).toBe('"v2"');
  });

  test.each<[string, object]>([
    ["is gone", { status: 410 }],
    ["is empty now", { body: "" }],
    ["leads to a private address", { status: 302, headers: { location: "http://10.0.0.1/" } }],
  ])("a page that %s leaves its document as it was, and says why", async (what, answer) => {
    const word = unique();
    const site = await openSite({ "/": `<p>Kept ${word} ${what}</p>` });
    const { id } = (await upload(site.url)).body;
    const before = await settled(org, id);
    site.pages["/"] = answer;
    await fetchAgain(id);
    expect((await get(id)).body).toEqual(before);
    expect((await webPage(id)).lastError).toMatch(/\. .+\.$/);
    site.pages["/"] = `<p>Kept ${word} ${what}</p>`;
    await fetchAgain(id);
    expect((await webPage(id)).lastError).toBeNull();
  });

  test("a page whose site is down for a moment is tried again, and until then its document is as it was", async () => {
    const site = await openSite({ "/": `<p>Before the storm ${unique()}</p>` });
    const { id } = (await upload(site.url)).body;
    await settled(org, id);
    let asked = 0;
    site.pages["/"] = (_, response) => {
      if (asked++ === 0) return response.writeHead(500).end();
      response.writeHead(200, { "content-type": "text/html" }).end("<p>After the hurricane</p>");
    };
    await fetchAgain(id);
    expect(asked).toBe(2);
    expect(await found("hurricane")).toEqual([id]);
    expect((await webPage(id)).lastError).toBeNull();
  });

  test("a document that is deleted meanwhile stays deleted", async () => {
    const asked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const site = await openSite({ "/": `<p>To be deleted ${unique()}</p>` });
    const { id } = (await upload(site.url)).body;
    await settled(org, id);
    site.pages["/"] = async (_, response) => {
      asked.resolve();
      await goOn.promise;
      response.end("<p>Back again</p>");
    };
    await org.call("POST", `/v1/documents/${id}/fetch`);
    await asked.promise;
    expect((await org.call("DELETE", `/v1/documents/${id}`)).status).toBeLessThan(300);
    goOn.resolve();
    await idle(org);
    expect((await get(id)).status).toBe(404);
    expect(await asTenant(org.id, "select 1 from web_pages where url like $1", [`${site.url}%`])).toEqual([]);
    expect(await asTenant(org.id, "select 1 from failed_jobs where subject_id = $1", [id])).toEqual([]);
  });
});

test("pages that are due are asked for once, and again only when their interval is over", async () => {
  const site = await openSite({ "/": `<p>Each day ${unique()}</p>` });
  const { id } = (await upload(site.url, { intervalHours: 24 })).body;
  await settled(org, id);
  const dueIn = async () => (Date.parse((await webPage(id)).dueAt) - Date.now()) / 3_600_000;
  const jobs = () => asTenant(org.id, "select 1 from jobs where kind = 'web-page.fetch' and subject_id = $1", [id]);
  expect(await dueIn()).toBeCloseTo(24, 1);
  await asTenant(null, "select maintain_web_sources(100)");
  expect(await jobs()).toHaveLength(0);
  await asTenant(org.id, "update web_pages set due_at = now() - interval '1 minute' where id = $1", [id]);
  await Promise.all([1, 2, 3].map(() => asTenant(null, "select maintain_web_sources(100)")));
  expect(await jobs()).toHaveLength(1);
  expect(await dueIn()).toBeCloseTo(24, 1);
  const { body } = await org.call("PATCH", `/v1/documents/${id}/web-page`, { intervalHours: null });
  expect(body).toMatchObject({ intervalHours: null, dueAt: null });
});
