import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRobots, readRobots } from "../../../functions/kernel/net/robots.ts";
import { reasonOf, refusal, serveSites } from "./site.ts";

const allows = (text: string, path: string) => parseRobots(text).allows(`https://example.com${path}`);

test("the group that names us counts, or else the one for all, or else everything is allowed", () => {
  const text =
    "User-agent: *\nDisallow: /\n\nUser-agent: EdgeLore/2.0\nUser-agent: other\nDisallow: /a\n\nUser-agent: third\nDisallow: /b";
  expect(allows(text, "/a")).toBe(false);
  expect(allows(text, "/b")).toBe(true);
  expect(allows("User-agent: third\nDisallow: /", "/b")).toBe(true);
  expect(allows("User-agent: *\nDisallow: /", "/b")).toBe(false);
  expect(allows("User-agent: *\nDisallow: /\nUser-agent: edgelore\nDisallow:", "/b")).toBe(true);
  expect(allows("User-agent: edgelorebot\nDisallow: /", "/b")).toBe(true);
  expect(allows("", "/b")).toBe(true);
});

test("groups for the same agent are one, and other lines do not part them", () => {
  const text =
    "User-agent: edgelore\nDisallow: /a\n\nUser-agent: edgelore\nCrawl-delay: 5\nUser-agent: x\nDisallow: /b\nSitemap: https://example.com/s.xml\nDisallow: /c";
  for (const path of ["/a", "/b", "/c"]) expect(allows(text, path)).toBe(false);
});

test.each([
  // RFC 9309, 5.2
  ["Allow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", false],
  ["Allow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/", true],
  // 2.2.2: of two as long the one that allows; of any two the longer
  ["Disallow: /page\nAllow: /page", "/page", true],
  ["Allow: /p\nDisallow: /", "/page", true],
  ["Allow: /page\nDisallow: /*.htm", "/page.htm", false],
  ["Allow: /$\nDisallow: /", "/", true],
  ["Allow: /$\nDisallow: /", "/page.htm", false],
  // 2.2.3
  ["Disallow: /fish", "/fish.html", false],
  ["Disallow: /fish", "/Fish.asp", true],
  ["Disallow: /fish*", "/fishheads/yummy.html?id=1", false],
  ["Disallow: /fish/", "/fish", true],
  ["Disallow: /*.php", "/folder/any.php.file.html", false],
  ["Disallow: /*.php$", "/folder/filename.php", false],
  ["Disallow: /*.php$", "/filename.php?parameters", true],
  ["Disallow: /fish*.php", "/fishheads/catfish.php?x", false],
  ["Disallow: /a*b*a$", "/aba", false],
  ["Disallow: /ab*ba$", "/aba", true],
  ["Disallow: /***a", "/xa", false],
  ["Disallow: *", "/x", false],
  ["Disallow: /*?", "/x?y", false],
  ["Disallow:", "/x", true],
  ["Disallow: page", "/page", true],
  // Spelled in either way
  ["Disallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", false],
  ["Disallow: /foo/bar/%e3%83%84", "/foo/bar/ツ", false],
  ["Disallow: /%7Ejoe/", "/~joe/index.html", false],
  ["Disallow: /a%3cd.html", "/a%3Cd.html", false],
  ["Disallow: /a%2fb.html", "/a/b.html", true],
  ["Disallow: /file-with-a-%2A.html", "/file-with-a-*.html", false],
  ["Disallow: /a$b", "/a$b", false],
  ["Disallow: /a b", "/a%20b", false],
  // The file itself, comments, blanks, ends of lines
  ["Disallow: /", "/robots.txt", true],
  ["Disallow : /x # a comment", "/x", false],
  ["\r  DISALLOW:\t/x  \r\n\r\n", "/x", false],
])("by %j the path %s is allowed: %j", (rules, path, isAllowed) => {
  expect(allows(`User-agent: *\n${rules}`, path)).toBe(isAllowed);
});

test("a star stands for any text, as in a regular expression", () => {
  const pattern = fc
    .array(fc.constantFrom("a", "b", "/", "*", "$"), { maxLength: 8 })
    .map((parts) => `/${parts.join("")}`);
  const path = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 10 }).map((parts) => `/${parts.join("")}`);
  fc.assert(
    fc.property(pattern, path, (rule, target) => {
      const source = rule.replace(/\$(?!$)/g, "\\$").replaceAll("*", ".*");
      expect(allows(`User-agent: *\nDisallow: ${rule}`, target)).toBe(!new RegExp(`^${source}`).test(target));
    }),
    { numRuns: 5_000 },
  );
});

test("any text can be read, and in time", () => {
  const unit = fc.constantFrom(
    "User-agent:",
    "*",
    "edgelore",
    "Disallow:",
    "allow",
    ":",
    "/",
    "%",
    "%e3",
    "$",
    "#",
    "\n",
    "\0",
    "\ud800",
    "ツ",
  );
  fc.assert(fc.property(fc.string({ unit }), (text) => typeof allows(text, "/a") === "boolean"));
  const path = `/${"a".repeat(2_000)}`;
  for (const hostile of [
    `disallow: /${"*a".repeat(40)}*b\n`.repeat(5_000),
    "disallow: *ab\n".repeat(35_000),
    `disallow: *${"a".repeat(1_000)}b\n`.repeat(500),
    `disallow: /${"*".repeat(499_000)}b`,
    `disallow: ${" ".repeat(400_000)}/b${" ".repeat(90_000)}b`,
    ":".repeat(500_000),
  ]) {
    const started = performance.now();
    expect(allows(`user-agent: *\n${hostile}`, path)).toBe(true);
    expect(performance.now() - started).toBeLessThan(3_000);
  }
});

test("how often we may ask is told, as it is said to us, and bounded", () => {
  const delay = (text: string) => parseRobots(text).crawlDelaySeconds;
  expect(delay("User-agent: *\nCrawl-delay: 2.5")).toBe(2.5);
  expect(delay("User-agent: edgelore\nDisallow: /a\nUser-agent: *\nCrawl-delay: 2")).toBe(0);
  expect(delay("User-agent: *\nCrawl-delay: 86400")).toBe(10);
  for (const junk of ["", "soon", "-3", "NaN", "Infinity"])
    expect(delay(`User-agent: *\nCrawl-delay: ${junk}`)).toBe(junk === "Infinity" ? 10 : 0);
});

test("the sitemaps that it names are told", () => {
  const text =
    "Sitemap: https://example.com/a.xml\nUser-agent: x\nsitemap:https://example.com/b.xml.gz\nSitemap: nowhere";
  expect(parseRobots(text).sitemaps).toEqual(["https://example.com/a.xml", "https://example.com/b.xml.gz"]);
});

/** What a site answers for robots.txt. */
const site = async (status: number, body = "", headers = {}) =>
  (await serveSites((_, response) => response.writeHead(status, headers).end(body))).net;

test("robots.txt stands at the root of the site", async () => {
  const { net, asked } = await serveSites((_, response) => response.end("\ufeffUser-agent: *\nDisallow: /private"));
  const robots = await readRobots("https://example.com:8443/a/b?c#d", net);
  expect(asked).toEqual(["https://example.com:8443/robots.txt"]);
  expect(robots.allows("https://example.com:8443/private/x")).toBe(false);
  expect(robots.allows("https://example.com:8443/a")).toBe(true);
});

test.each([400, 401, 403, 404, 410])("without a robots.txt (%i) everything is allowed", async (status) => {
  const robots = await readRobots("https://example.com/a", await site(status, "User-agent: *\nDisallow: /"));
  expect(robots.allows("https://example.com/a")).toBe(true);
});

test("a robots.txt that redirects for ever is none", async () => {
  let hop = 0;
  const { net } = await serveSites((_, response) => response.writeHead(301, { location: `/${hop++}` }).end());
  expect((await readRobots("https://example.com/a", net)).allows("https://example.com/a")).toBe(true);
});

test.each([
  [500, "server_error"],
  [502, "server_error"],
  [503, "busy"],
  [429, "busy"],
])("nothing is allowed while the site answers %i", async (status, reason) => {
  const work = readRobots("https://example.com/a", await site(status, "", { "retry-after": "30" }));
  const error = await refusal(work);
  expect(error).toMatchObject({ reason, retryAfterSeconds: reason === "busy" ? 30 : null });
  expect(error.message).toContain("https://example.com/robots.txt");
});

test("nothing is allowed while the site does not answer, or is not on the public internet", async () => {
  const { net } = await serveSites(() => {});
  expect(await reasonOf(readRobots("https://example.com/a", { ...net, timeoutMs: 100 }))).toBe("timeout");
  expect(await reasonOf(readRobots("https://localhost/a", net))).toBe("private_address");
  expect(await reasonOf(readRobots("https://example.com/", { ...net, resolve: async () => ["10.0.0.1"] }))).toBe(
    "private_address",
  );
});

test("of a robots.txt of more than 500 kB the first 500 kB count", async () => {
  const filler = "# nothing\n".repeat(51_200);
  const text = `User-agent: *\nDisallow: /first\n${filler}\nDisallow: /last`;
  const robots = await readRobots("https://example.com/a", await site(200, text));
  expect(robots.allows("https://example.com/first")).toBe(false);
  expect(robots.allows("https://example.com/last")).toBe(true);
});
