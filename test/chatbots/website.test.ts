import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { asTenant, idle, organization, type TestOrganization } from "../harness.ts";
import { openSite, type Site } from "../web.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

const sitemap = (paths: string[], more = "") =>
  `<urlset>${paths.map((path) => `<url><loc>{site}${path}</loc>${more}</url>`).join("")}</urlset>`;
const page = (text: string) => `<title>${text}</title><p>${text} ${crypto.randomUUID()}</p>`;
const pagesOf = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, page(`Page ${path}`)]));

async function make(site: Site, path = "/", more: object = {}, withinMs = 25_000) {
  const reply = await org.call("POST", "/v1/websites", { url: site.url + path, ...more });
  expect(reply).toMatchObject({ status: 202, body: { status: "waiting" } });
  await idle(org, withinMs);
  return reply.body.id as string;
}
const get = async (id: string) => (await org.call("GET", `/v1/websites/${id}`)).body;
async function readAgain(id: string) {
  expect((await org.call("POST", `/v1/websites/${id}/read`)).status).toBe(202);
  await idle(org);
}
/** The documents of a site by their path. */
async function documents(site: Site): Promise<Record<string, string>> {
  const rows = await asTenant<{ url: string; id: string }>(
    org.id,
    "select url, document_id as id from web_pages where document_id is not null and url like $1 order by url",
    [`${site.url}%`],
  );
  return Object.fromEntries(rows.map(({ url, id }) => [url.replace(site.url, ""), id]));
}

test("a website's pages become documents, by the sitemaps that robots.txt names, one request at a time", async () => {
  const site = await openSite({
    "/robots.txt": "User-agent: *\nDisallow: /private\nSitemap: {site}/index.xml",
    "/index.xml":
      "<sitemapindex><sitemap><loc>{site}/a.xml</loc></sitemap><sitemap><loc>{site}/b.xml.gz</loc></sitemap></sitemapindex>",
    "/a.xml": sitemap(
      ["/1", "/2", "/private/3", "/missing", "/to/private", "/to/elsewhere"],
      "<lastmod>9999-12-31</lastmod>",
    ),
    "/to/private": { status: 302, headers: { location: "/private/4" } },
    "/to/elsewhere": { status: 302, headers: { location: "https://elsewhere.example.com/" } },
    ...pagesOf("/1", "/2", "/4", "/private/3", "/private/4"),
  });
  site.pages["/b.xml.gz"] = { body: gzipSync(sitemap(["/4"]).replaceAll("{site}", site.url)) };
  const productId = (await org.call("POST", "/v1/products", { name: "Pump", category: "-" })).body.id;
  const id = await make(site, "/", { productId, documentType: "technical" });
  const website = await get(id);
  expect(website).toMatchObject({
    status: "completed",
    failureReason: null,
    pages: { waiting: 0, withoutDocument: 4, completed: 3, failed: 0, withError: 4 },
  });
  expect(website.warnings.join("\n")).toMatch(
    /\/private\/3: .+robots\.txt.+\/missing: .+404.+\/to\/private: .+robots\.txt.+\/to\/elsewhere: .+another site/s,
  );
  const made = await documents(site);
  expect(Object.keys(made)).toEqual(["/1", "/2", "/4"]);
  const { items } = (await org.call("GET", `/v1/websites/${id}/pages`)).body;
  expect(items).toHaveLength(7);
  expect(items).toContainEqual(
    expect.objectContaining({ url: `${site.url}/1`, documentId: made["/1"], lastError: null }),
  );
  expect(items).toContainEqual(
    expect.objectContaining({
      url: `${site.url}/missing`,
      documentId: null,
      lastError: expect.stringContaining("404"),
    }),
  );
  expect((await org.call("GET", `/v1/documents/${made["/1"]}`)).body).toMatchObject({
    title: "Page /1",
    productId,
    documentType: "technical",
    status: "completed",
  });
  expect(site.paths().filter((path) => path.startsWith("/private"))).toEqual([]);
  expect(site.atOnce.most).toBe(1);
});

test("of a part of a site only its pages are read, up to the limit, and that there are more is said", async () => {
  const paths = ["/docs", "/docs/1", "/docs/2", "/docs/3"];
  const site = await openSite({
    "/sitemap.xml": sitemap(["/", "/docsother", ...paths]),
    ...pagesOf("/", "/docsother", ...paths),
  });
  const id = await make(site, "/docs/", { pageLimit: 3 });
  expect(Object.keys(await documents(site))).toEqual(["/docs", "/docs/1", "/docs/2"]);
  expect((await get(id)).warnings).toEqual(["The sitemap was not read to its end; the first 3 pages were taken."]);
});

test("read again, what changed is replaced under its id, what did not is not even asked for, and what is new is added", async () => {
  const old = "<lastmod>2020-01-01</lastmod>";
  const site = await openSite({ "/sitemap.xml": sitemap(["/same", "/changed"], old), ...pagesOf("/same", "/changed") });
  const id = await make(site, "/sitemap.xml");
  const before = await documents(site);
  const embedded = async () =>
    (await asTenant(org.id, "select count(*)::int as calls from ai_usage where task = 'embed'"))[0]!.calls as number;
  const calls = await embedded();
  await readAgain(id);
  expect(site.paths().filter((path) => path === "/same")).toHaveLength(1);
  expect(await embedded()).toBe(calls);

  site.pages["/sitemap.xml"] = sitemap(["/same"], old).replace(
    "</urlset>",
    "<url><loc>{site}/changed</loc><lastmod>2999-01-01</lastmod></url><url><loc>{site}/new</loc></url></urlset>",
  );
  Object.assign(site.pages, { "/changed": page("Titanium"), ...pagesOf("/new") });
  await readAgain(id);
  expect(await documents(site)).toEqual({ ...before, "/new": expect.any(String) });
  const { items } = (await org.call("GET", `/v1/documents/${before["/changed"]}/chunks`)).body;
  expect(items.map(({ content }: { content: string }) => content).join()).toContain("Titanium");
  expect(site.paths().filter((path) => path === "/same")).toHaveLength(1);
});

test("the document of a page goes when the sitemap and the page's own address both say that it is gone", async () => {
  const paths = ["/1", "/2", "/3", "/gone", "/moved", "/hidden"];
  const site = await openSite({ "/sitemap.xml": sitemap(paths), ...pagesOf(...paths) });
  const id = await make(site);
  site.pages["/sitemap.xml"] = sitemap(["/1", "/2", "/3", "/new"]);
  site.pages["/new"] = site.pages["/moved"]!;
  site.pages["/moved"] = { status: 301, headers: { location: "/new" } };
  delete site.pages["/gone"];
  delete site.pages["/3"];
  const before = await documents(site);
  await readAgain(id);
  expect(Object.keys(await documents(site))).toEqual(["/1", "/2", "/3", "/hidden", "/new"]);
  expect((await org.call("GET", `/v1/documents/${before["/gone"]}`)).status).toBe(404);
  expect((await org.call("GET", `/v1/documents/${before["/3"]}`)).body.status).toBe("completed");
  expect((await get(id)).warnings.join()).toContain("/3: ");
});

test("no document goes because a sitemap is empty, broken, gone, or names but a few of the pages", async () => {
  const paths = ["/1", "/2", "/3", "/4", "/5"];
  const site = await openSite({ "/sitemap.xml": sitemap(paths), ...pagesOf(...paths) });
  const id = await make(site);
  const before = await documents(site);
  expect(Object.keys(before)).toEqual(paths);
  for (const path of paths.slice(1)) delete site.pages[path];
  for (const broken of [sitemap([]), "", `<urlset><url><loc>{site}/1`, { status: 404 }, { status: 403 }]) {
    site.pages["/sitemap.xml"] = broken;
    await readAgain(id);
    expect(await get(id)).toMatchObject({ status: "failed", failureReason: expect.stringMatching(/\. .+\.$/) });
  }
  const cut = sitemap(paths.slice(0, 4)).replace("</urlset>", "<url><loc>");
  for (const short of [sitemap(["/1"]), cut]) {
    site.pages["/sitemap.xml"] = short;
    await readAgain(id);
    expect(await get(id)).toMatchObject({ status: "completed", failureReason: null });
    expect((await get(id)).warnings.length).toBeGreaterThan(0);
  }
  expect(await documents(site)).toEqual(before);
}, 60_000);

test("a site that is down for a moment is read to its end all the same", async () => {
  const site = await openSite({ "/sitemap.xml": sitemap(["/1", "/2"]), ...pagesOf("/2") });
  let asked = 0;
  site.pages["/1"] = (_, response) =>
    asked++ === 0
      ? response.writeHead(503, { "retry-after": "1" }).end()
      : response.writeHead(200, { "content-type": "text/html" }).end(page("Up again"));
  const id = await make(site);
  expect(await get(id)).toMatchObject({ status: "completed", pages: { completed: 2, withError: 0 } });
});

test("pages that say the same are one document, and the other one tells of it", async () => {
  const site = await openSite({ "/sitemap.xml": sitemap(["/1", "/1?copy"]), "/1": "<p>The same, twice over.</p>" });
  site.pages["/1?copy"] = site.pages["/1"]!;
  const id = await make(site);
  expect(Object.keys(await documents(site))).toEqual(["/1"]);
  expect(await get(id)).toMatchObject({ status: "completed", pages: { withoutDocument: 1, withError: 1 } });
});

test("a website that is deleted leaves its documents, also in the middle of its reading, and made again takes them back", async () => {
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const site = await openSite({ "/sitemap.xml": sitemap(["/1", "/2", "/3"]), ...pagesOf("/1", "/2", "/3") });
  const second = site.pages["/2"] as string;
  site.pages["/2"] = async (_, response) => {
    asked.resolve();
    await goOn.promise;
    response.writeHead(200, { "content-type": "text/html" }).end(second);
  };
  const { id } = (await org.call("POST", "/v1/websites", { url: site.url, intervalHours: 24 })).body;
  await asked.promise;
  expect((await org.call("DELETE", `/v1/websites/${id}`)).status).toBe(204);
  goOn.resolve();
  await idle(org);
  const left = await documents(site);
  expect(Object.keys(left)).toEqual(["/1"]);
  expect(await asTenant(org.id, "select 1 from web_pages where url like $1", [`${site.url}%`])).toHaveLength(1);
  site.pages["/2"] = second;
  const again = await make(site);
  expect(await documents(site)).toMatchObject(left);
  expect((await get(again)).pages.completed).toBe(3);
});

test("an address that is not public, or is read already, makes no website; two organizations may read the same", async () => {
  for (const url of ["http://10.0.0.1/", "ftp://example.com/", "http://localhost/"])
    expect(await org.call("POST", "/v1/websites", { url })).toMatchObject({
      status: 400,
      body: { errors: [{ path: "url" }] },
    });
  const site = await openSite({ "/sitemap.xml": sitemap(["/1"]), ...pagesOf("/1") });
  const id = await make(site);
  const twice = await org.call("POST", "/v1/websites", { url: `${site.url}/#top` });
  expect(twice).toMatchObject({ status: 409, body: { errors: [{ path: "url" }] } });
  const other = await organization();
  expect((await other.call("POST", "/v1/websites", { url: site.url })).status).toBe(202);
  const { items } = (await org.call("GET", "/v1/websites?limit=1")).body;
  expect(items[0].id).toBe(id);
});
