import { agentName, type FetchOptions, fetchPublic } from "./fetch-public.ts";
import { FetchRefused, type RefusalReason } from "./fetch-refused.ts";
import { crawlDelaySecondsMax, robotsBytesMax, robotsRulesMax, robotsStarRulesMax } from "./limits.ts";
import { publicUrl } from "./public-address.ts";

/** What a site lets us read and how often, and the sitemaps that it names. */
export type Robots = {
  allows(url: string): boolean;
  readonly crawlDelaySeconds: number;
  readonly sitemaps: readonly string[];
};

/** A pattern as the texts between its stars; `isWhole` when it ends with `$`. */
type Rule = { isAllowed: boolean; length: number; parts: string[]; isWhole: boolean };
type Group = { rules: Rule[]; crawlDelaySeconds: number };

/** Answers that say there are no rules (RFC 9309, 2.3.1.2 and 2.3.1.3). */
const noRules = new Set<RefusalReason>(["not_found", "forbidden", "rejected", "redirected"]);

/**
 * Reads the robots.txt of a URL's site. None, or one that answers 4xx, allows everything; when the site does not tell (5xx, 429,
 * no answer), nothing may be fetched: throws FetchRefused, which says when to ask again.
 */
export async function readRobots(
  url: string,
  options: Pick<FetchOptions, "resolve" | "fetch" | "timeoutMs">,
): Promise<Robots> {
  const { href } = new URL("/robots.txt", publicUrl(url));
  try {
    const { bytes } = await fetchPublic(href, { ...options, maxBytes: robotsBytesMax, whenTooLarge: "cut" });
    return parseRobots(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error;
    if (noRules.has(error.reason)) return parseRobots("");
    if (!error.isTemporary) throw error;
    const { reason, retryAfterSeconds } = error;
    const message = `What may be read of the site is not known, since ${href} cannot be: ${error.message}`;
    throw new FetchRefused(reason, message, { retryAfterSeconds, cause: error });
  }
}

/**
 * The rules for us by RFC 9309: of the groups that name us, or else of those for `*`, the longest pattern that matches decides,
 * and of two as long the one that allows. Reads any text; of more than 500 kB what stands first.
 */
export function parseRobots(text: string): Robots {
  const ours: Group = { rules: [], crawlDelaySeconds: 0 };
  const general: Group = { rules: [], crawlDelaySeconds: 0 };
  const sitemaps: string[] = [];
  let targets = new Set<Group>();
  let isNaming = false;
  let isNamed = false;
  for (const line of text.slice(0, robotsBytesMax).split(/[\r\n]+/)) {
    const [key, value] = record(line);
    if (key === "user-agent") {
      if (!isNaming) targets = new Set();
      isNaming = true;
      if (/^\*(\s|$)/.test(value)) targets.add(general);
      if (/^[\w-]*/.exec(value)![0].toLowerCase() !== agentName.toLowerCase()) continue;
      targets.add(ours);
      isNamed = true;
    } else if (key === "allow" || key === "disallow") {
      isNaming = false;
      if (value) for (const { rules } of targets) rules.push(ruleOf(value, key === "allow"));
    } else if (key === "crawl-delay" && Number(value) > 0) {
      for (const target of targets) target.crawlDelaySeconds = Math.min(Number(value), crawlDelaySecondsMax);
    } else if (key === "sitemap" && URL.canParse(value)) {
      sitemaps.push(value);
    }
  }
  const group = isNamed ? ours : general;
  const rules = affordable(group.rules).sort(
    (a, b) => b.length - a.length || Number(b.isAllowed) - Number(a.isAllowed),
  );
  return {
    sitemaps,
    crawlDelaySeconds: group.crawlDelaySeconds,
    allows(url) {
      const { pathname, search } = new URL(url);
      if (pathname === "/robots.txt") return true;
      const path = literal(normalized(pathname + search));
      return rules.find((rule) => matches(rule, path))?.isAllowed ?? true;
    },
  };
}

function record(line: string): [key: string, value: string] {
  const content = line.split("#", 1)[0]!;
  const colon = content.indexOf(":");
  if (colon < 0) return ["", ""];
  return [content.slice(0, colon).replace("\ufeff", "").trim().toLowerCase(), content.slice(colon + 1).trim()];
}

function ruleOf(value: string, isAllowed: boolean): Rule {
  const pattern = normalized(value);
  const isWhole = pattern.endsWith("$");
  const parts = (isWhole ? pattern.slice(0, -1) : pattern).split(/\*+/).map(literal);
  if (!isWhole && parts.length > 1 && parts.at(-1) === "") parts.pop(); // a star at the end says nothing
  return { isAllowed, length: pattern.length, parts, isWhole };
}

function affordable(rules: Rule[]): Rule[] {
  let stars = 0;
  return rules.filter(({ parts }) => parts.length === 1 || ++stars <= robotsStarRulesMax).slice(0, robotsRulesMax);
}

/** Each part is taken where it first stands, so a pattern costs one walk along the path, however many stars it has. */
function matches({ parts, isWhole }: Rule, path: string): boolean {
  const first = parts[0]!;
  if (!path.startsWith(first)) return false;
  if (parts.length === 1) return !isWhole || path === first;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = parts.at(-1)!;
  return isWhole ? path.length - last.length >= at && path.endsWith(last) : path.indexOf(last, at) >= 0;
}

/** Paths and patterns in one spelling: what URLs cannot hold is escaped, what needs no escape is not (RFC 9309, 2.2.2). */
const normalized = (path: string): string =>
  path
    .toWellFormed()
    .replace(/[^\w.~:/?#[\]@!$&'()*+,;=%-]+/g, encodeURIComponent)
    .replace(/%[0-9a-f]{2}/gi, (escaped) => {
      const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
      return /[\w.~-]/.test(character) ? character : escaped.toUpperCase();
    });

/** A star or dollar that stands for itself, as `%2A` and `%24` do in a pattern. */
const literal = (path: string): string => path.replaceAll("*", "%2A").replaceAll("$", "%24");
