import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { sitemapFilesMax, sitemapUnpackedBytesMax } from "../../../functions/chatbots/source/limits.ts";
import { readSitemaps } from "../../../functions/chatbots/source/sitemap.ts";
import { reasonOf, serveSites } from "../../kernel/net/site.ts";

type Files = Record<string, string | Buffer>;
const NAMESPACES =
  'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"';
const pagesOf = (...urls: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><urlset ${NAMESPACES}>${urls.map((url) => `<url><loc>${url}</loc></url>`).join("")}</urlset>`;
const indexOf = (...urls: string[]) =>
  `<sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join("")}</sitemapindex>`;

const whole = {
  site: new URL("https://example.com/"),
  isWanted: () => true,
  pagesMax: 1_000,
  timeoutMs: 10_000,
};

/** Reads `https://example.com/sitemap.xml` of a site that has these files; a file that begins with `https:` has moved there. */
async function read(files: Files, more: { pagesMax?: number; timeoutMs?: number; urls?: string[] } = {}) {
  const { net, asked } = await serveSites((request, response) => {
    const file = files[request.headers["x-asked"] as string] ?? files[request.url!];
    if (file === undefined) response.writeHead(404).end();
    else if (file.indexOf("https:") === 0) response.writeHead(301, { location: file.toString() }).end();
    else response.end(file);
  });
  const { urls = ["https://example.com/sitemap.xml"], ...options } = more;
  const { resolve, fetch } = net;
  const work = readSitemaps(urls, { ...whole, resolve, fetch, ...options });
  return { work, asked, ...(await work.catch(() => ({ pages: [], warnings: [], isWhole: false }))) };
}
const urls = ({ pages }: { pages: { url: string }[] }) =>
  pages.map(({ url }) => url.replace("https://example.com", ""));

test("a sitemap has its pages in order, each once, with the dates that it says", async () => {
  const sitemap = await read({
    "/sitemap.xml": `<?xml version="1.0"?><!-- made by hand --><s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9">
      <s:url><s:loc> https://example.com/b?x=1&amp;y=2 </s:loc><s:lastmod>2026-03-03</s:lastmod><s:priority>1</s:priority></s:url>
      <s:url><s:loc><![CDATA[https://www.example.com/a]]></s:loc><s:lastmod>2026-03-03T10:00:00+07:00</s:lastmod></s:url>
      <s:url><s:loc>https://example.com/c#part</s:loc></s:url>
      <s:url><s:loc>https://example.com/c</s:loc><s:lastmod>2025</s:lastmod></s:url>
      <s:url><s:lastmod>yesterday</s:lastmod><s:loc>/d/ü</s:loc></s:url>
    </s:urlset>`,
  });
  expect(sitemap.warnings).toEqual([]);
  expect(sitemap.pages).toEqual([
    { url: "https://example.com/b?x=1&y=2", lastModified: "2026-03-03" },
    { url: "https://www.example.com/a", lastModified: "2026-03-03T10:00:00+07:00" },
    { url: "https://example.com/c", lastModified: "2025" },
    { url: "https://example.com/d/%C3%BC", lastModified: null },
  ]);
});

test("addresses of images, videos and other sites are not pages", async () => {
  const page = `<url><loc>https://example.com/a</loc><image:image><image:loc>https://example.com/a.png</image:loc></image:image></url>`;
  const others = [
    "https://example.com:8443/",
    "https://example.com.evil.net/",
    "https://user:pw@example.com/",
    "javascript:alert(1)",
  ];
  const text = pagesOf(
    ...others,
    "https://docs.example.com/",
    `/${"a".repeat(3_000)}`,
    `/${"ü".repeat(2_000)}`,
  ).replace("<url>", `${page}<url>`);
  const sitemap = await read({ "/sitemap.xml": text });
  expect(urls(sitemap)).toEqual(["/a"]);
  expect(sitemap.warnings).toEqual(["Addresses that are not valid, or on another site, were left out: 7."]);
});

test("an index leads to its sitemaps, packed or not, three deep and never in a circle", async () => {
  const sitemap = await read({
    "/sitemap.xml": indexOf("https://example.com/one.xml.gz", "/two.xml", "/sitemap.xml", "https://evil.net/x.xml"),
    "/one.xml.gz": gzipSync(pagesOf("/1")),
    "/two.xml": indexOf("/one.xml.gz", "/sitemap.xml", "/three.xml", "/gone.xml"),
    "/three.xml": indexOf("/four.xml", "/two.xml"),
    "/four.xml": pagesOf("/4"),
  });
  expect(urls(sitemap)).toEqual(["/1"]);
  expect(sitemap.asked).toHaveLength(5);
  expect(sitemap.warnings).toEqual([
    "The sitemap https://example.com/gone.xml could not be read to its end. example.com has nothing at this address (HTTP 404). Check the address.",
    "Addresses that are not valid, or on another site, were left out: 1.",
    "Sitemaps that list each other more than 3 deep were left out.",
  ]);
});

test("only pages of the site count, wherever its sitemap lies; a listed sitemap may not leave it", async () => {
  const sitemap = await read(
    {
      "https://cdn.example.net/sitemap.xml": pagesOf("http://www.example.com/1", "https://example.net/2"),
      "/sitemap.xml": "https://www.example.com/index.xml",
      "https://www.example.com/index.xml": indexOf("/a.xml", "/b.xml"),
      "https://www.example.com/a.xml": pagesOf("https://example.com/3"),
      "https://www.example.com/b.xml": "https://evil.net/b.xml",
      "https://evil.net/b.xml": pagesOf("https://example.com/4"),
    },
    { urls: ["https://cdn.example.net/sitemap.xml", "https://example.com/sitemap.xml"] },
  );
  expect(urls(sitemap)).toEqual(["http://www.example.com/1", "/3"]);
  expect(sitemap.isWhole).toBe(false);
  expect(sitemap.warnings).toHaveLength(2);
});

test("of several sitemaps one that cannot be read takes nothing from the others", async () => {
  const found = await read(
    { "/2.xml": pagesOf("/2") },
    { urls: ["https://example.com/1.xml", "https://example.com/2.xml"] },
  );
  expect(urls(found)).toEqual(["/2"]);
  expect(found.isWhole).toBe(false);
});

test("no more pages are taken than are wanted, and that there are more is said", async () => {
  const three = { "/sitemap.xml": pagesOf("/1", "/2", "/1", "/3") };
  expect(await read(three, { pagesMax: 3 })).toMatchObject({ warnings: [], isWhole: true });
  const two = await read(three, { pagesMax: 2 });
  expect(urls(two)).toEqual(["/1", "/2"]);
  expect(two.warnings).toEqual(["The sitemap was not read to its end; the first 2 pages were taken."]);
  const many = Array.from({ length: sitemapFilesMax + 50 }, (_, i) => `/${i}.xml`);
  const wide = await read({
    "/sitemap.xml": indexOf(...many),
    ...Object.fromEntries(many.map((url) => [url, pagesOf(url)])),
  });
  expect(wide.pages).toHaveLength(sitemapFilesMax - 1);
  expect(wide.warnings).toHaveLength(1);
});

test.each<[string, Files]>([
  ["a web page", { "/sitemap.xml": "<!doctype html><html><body>Not found</body></html>" }],
  ["an RSS feed", { "/sitemap.xml": "<rss><channel><item><link>https://example.com/</link></item></channel></rss>" }],
  ["nothing", { "/sitemap.xml": "" }],
  ["blanks", { "/sitemap.xml": " \n" }],
  ["text", { "/sitemap.xml": "https\nhttps://example.com/" }],
  ["what only begins as gzip", { "/sitemap.xml": Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5]) }],
  ["gzip that breaks off", { "/sitemap.xml": gzipSync(pagesOf("/1".repeat(900))).subarray(0, 60) }],
  ["elements in elements", { "/sitemap.xml": `<urlset>${"<url>".repeat(300)}` }],
  [
    "an entity of its own",
    { "/sitemap.xml": '<!DOCTYPE u [<!ENTITY a "/x">]><urlset><url><loc>&a;</loc></url></urlset>' },
  ],
])("%s is no sitemap", async (_, files) => {
  expect(await reasonOf((await read(files)).work)).toBe("unsupported_type");
});

test("a sitemap that is not there, or not on the public internet, is refused", async () => {
  expect(await reasonOf((await read({})).work)).toBe("not_found");
  expect(await reasonOf((await read({}, { urls: ["http://localhost/sitemap.xml"] })).work)).toBe("private_address");
});

test("of a sitemap that breaks off the pages before that are taken", async () => {
  const broken = await read({ "/sitemap.xml": pagesOf("/1", "/2", "/a?b=1&c=2", "/3") });
  expect(urls(broken)).toEqual(["/1", "/2"]);
  expect(broken.warnings).toHaveLength(1);
});

test("a packed sitemap that unpacks to more than can be read ends there", async () => {
  const unpacked = Buffer.alloc(sitemapUnpackedBytesMax + 9_000_000, " ");
  unpacked.write("<urlset><url><loc>/1</loc></url>");
  const bomb = gzipSync(unpacked);
  const before = process.memoryUsage().rss;
  const sitemap = await read({
    "/sitemap.xml": indexOf("/bomb.xml.gz", "/2.xml"),
    "/bomb.xml.gz": bomb,
    "/2.xml": pagesOf("/2"),
  });
  expect(urls(sitemap)).toEqual(["/1"]);
  expect(sitemap.warnings).toEqual(["The sitemap was not read to its end; the first 1 pages were taken."]);
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
});

test("the time is for all files together", async () => {
  const many = Array.from({ length: 50 }, (_, i) => `/${i}.xml`);
  const { net } = await serveSites((request, response) => {
    if (request.url === "/sitemap.xml") return void response.end(indexOf(...many));
    setTimeout(() => response.end(pagesOf(request.url!)), 100);
  });
  const { resolve, fetch } = net;
  const started = Date.now();
  const options = { ...whole, resolve, fetch, timeoutMs: 550 };
  const sitemap = await readSitemaps(["https://example.com/sitemap.xml"], options);
  expect(Date.now() - started).toBeLessThan(5_000);
  expect(sitemap.pages.length).toBeLessThan(10);
  expect(sitemap.warnings.length).toBeGreaterThan(0);
});
