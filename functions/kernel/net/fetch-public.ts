import { readAtMost } from "./body.ts";
import { orAborted } from "./deadline.ts";
import { FetchRefused, refusedByStatus } from "./fetch-refused.ts";
import { redirectsMax } from "./limits.ts";
import { publicUrl } from "./public-address.ts";
import { type Resolve, refuseUnlessPublic } from "./resolve.ts";
import { asUtf8, filenameOf, mediaType, retryAfterSeconds, validator } from "./response-headers.ts";

/** How robots.txt may call us. */
export const agentName = "Edgelore";
const userAgent = `Mozilla/5.0 (compatible; ${agentName}/1.0; reads pages that its users name)`;

export type FetchOptions = {
  resolve: Resolve;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Asked before every hop, the first too: throws FetchRefused for a URL that may not be fetched. */
  check?: (url: URL) => void;
  /** Of the body as it is unpacked. */
  maxBytes: number;
  /** By default what is too large is refused. */
  whenTooLarge?: "refuse" | "cut";
  /** One deadline for names, redirects, headers and body together. */
  timeoutMs: number;
  /** Media types such as `text/html` or `text/*`, by default all. What never ends is refused in any case; no type at all is taken. */
  accept?: readonly string[];
  /** Of what the address itself gave, without a redirect: sent to another they would hide a change. */
  etag?: string | null;
  lastModified?: string | null;
};

export type Fetched = {
  status: "fetched";
  /** Where the redirects ended, without a fragment. */
  url: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** As declared, in lower case and without parameters; the bytes may be something else. */
  contentType: string | null;
  etag: string | null;
  lastModified: string | null;
  filename: string | null;
};

type Unconditional = FetchOptions & { etag?: null; lastModified?: null };

/**
 * Fetches what a user names, from the public internet and from nowhere else. Throws FetchRefused for all that is not a document
 * of that size, time and type. Each hop is checked anew: its URL (see publicUrl), and all addresses that its name has right
 * before it is asked. Redirects are followed by hand, five at most, and never from https to http. Nothing secret is sent.
 *
 * No option leaves the check out, for tests neither: they hand in a `fetch` that connects elsewhere.
 *
 * A worker cannot say to which address it connects, so a name that resolves to a public address here and to a private one a
 * moment later (DNS rebinding) is not caught here. Where that leads is the platform's to bound: workerd connects to public
 * addresses only unless it is configured otherwise (`allow` of its Network; wrangler dev does so), a worker on Cloudflare has no
 * network of ours beside it, and the flag `global_fetch_strictly_public` keeps it from its own zone's origins. On any other
 * platform the `fetch` that is handed in has to pin the address: see the binding `WEB`.
 */
export function fetchPublic(url: string, options: Unconditional): Promise<Fetched>;
export function fetchPublic(url: string, options: FetchOptions): Promise<Fetched | { status: "unchanged" }>;
export async function fetchPublic(address: string, options: FetchOptions): Promise<Fetched | { status: "unchanged" }> {
  const end = new AbortController();
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const call: Call = { options, deadline, signal: AbortSignal.any([deadline, end.signal]) };
  try {
    const { url, response, isConditional } = await follow(publicUrl(address), call);
    if (response.status === 304 && isConditional) return { status: "unchanged" };
    refuseUnlessDocument(url, response, options);
    return await read(url, response, call);
  } finally {
    end.abort(); // what is left of bodies is not waited for
  }
}

type Call = { options: FetchOptions; deadline: AbortSignal; signal: AbortSignal };
type Hop = { url: URL; response: Response; isConditional: boolean };

async function follow(start: URL, call: Call): Promise<Hop> {
  const { accept, etag, lastModified, resolve, fetch, check } = call.options;
  const seen = new Set<string>();
  for (let url = start; ; ) {
    seen.add(url.href);
    check?.(url);
    await outside(() => refuseUnlessPublic(url, resolve, call.signal), url, call);
    const headers = new Headers({
      "user-agent": userAgent,
      accept: accept ? [...accept, "*/*;q=0.1"].join(", ") : "*/*",
      "accept-encoding": "gzip, br",
    });
    const isConditional = url === start && Boolean(etag || lastModified);
    if (etag && isConditional) headers.set("if-none-match", etag);
    if (lastModified && isConditional) headers.set("if-modified-since", lastModified);
    const response = await outside(
      () => fetch(url.href, { headers, redirect: "manual", signal: call.signal }),
      url,
      call,
    );
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || !location) return { url, response, isConditional };
    const next = publicUrl(asUtf8(location), url);
    if (seen.has(next.href)) throw redirected(start, "redirects in a circle");
    if (seen.size > redirectsMax) throw redirected(start, `redirects more than ${redirectsMax} times`);
    if (url.protocol === "https:" && next.protocol === "http:")
      throw redirected(start, "redirects from https to http, which anybody on the way can change");
    url = next;
  }
}

const redirected = (start: URL, what: string) =>
  new FetchRefused(
    "redirected",
    `${start.host} ${what}. Open the page in a browser and give the address it shows then.`,
  );

/** What others do until the deadline; however it fails, it is a refusal. */
async function outside<T>(work: () => Promise<T>, { host }: URL, { options, deadline }: Call): Promise<T> {
  try {
    return await orAborted(work(), deadline);
  } catch (cause) {
    if (deadline.aborted)
      throw new FetchRefused(
        "timeout",
        `${host} did not send the document within ${options.timeoutMs / 1000} seconds. Try again later, or upload the file itself.`,
        { cause },
      );
    if (cause instanceof FetchRefused) throw cause;
    throw new FetchRefused(
      "unreachable",
      `${host} cannot be reached, or broke the connection off. Check the address, or try again later.`,
      { cause },
    );
  }
}

/** Types that go on for ever. */
const endless = new Set(["text/event-stream", "multipart/x-mixed-replace"]);
/** What both Node and workerd unpack; of others, and of several on top of each other, one of them hands on the packed bytes. */
const encodings = new Set(["", "identity", "gzip", "br"]);

function refuseUnlessDocument({ host }: URL, { status, headers }: Response, { accept }: FetchOptions): void {
  if (status !== 200 && status !== 203) throw refusedByStatus(host, status, retryAfterSeconds(headers));
  const type = mediaType(headers);
  const isTaken = !type || !accept || accept.some((range) => covers(range, type));
  if (type && (!isTaken || endless.has(type)))
    throw new FetchRefused(
      "unsupported_type",
      `The address leads to ${type}, which cannot be read as a document. Give the address of a page or a file.`,
    );
  const encoding = headers.get("content-encoding") ?? "";
  if (!encodings.has(encoding))
    throw new FetchRefused(
      "unsupported_type",
      `${host} packs the document in a way that cannot be read (${encoding.slice(0, 40)}). Download it and upload the file.`,
    );
}

const covers = (range: string, type: string) =>
  range === "*/*" || range === type || (range.endsWith("/*") && type.startsWith(range.slice(0, -1)));

async function read(url: URL, response: Response, call: Call): Promise<Fetched> {
  const { maxBytes, whenTooLarge } = call.options;
  const { headers } = response;
  const tooLarge = () =>
    new FetchRefused("too_large", `The document is larger than ${sizeOf(maxBytes)}. Split it into smaller ones.`);
  if (whenTooLarge !== "cut" && Number(headers.get("content-length")) > maxBytes) throw tooLarge();
  const { bytes, isWhole } = await outside(() => readAtMost(response.body, maxBytes, call.signal), url, call);
  if (!isWhole && whenTooLarge !== "cut") throw tooLarge();
  return {
    status: "fetched",
    url: url.href,
    bytes,
    contentType: mediaType(headers),
    etag: validator(headers, "etag"),
    lastModified: validator(headers, "last-modified"),
    filename: filenameOf(headers, url),
  };
}

const sizeOf = (bytes: number) =>
  bytes < 1024 * 1024 ? `${Math.floor(bytes / 1024)} kB` : `${Math.floor(bytes / 1024 / 1024)} MB`;
