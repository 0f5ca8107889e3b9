import * as z from "zod";
import { readAtMost } from "./body.ts";
import { FetchRefused } from "./fetch-refused.ts";
import { dnsAnswerBytesMax, dnsTimeoutMs } from "./limits.ts";
import { isPublicAddress, isPublicName, literalAddress, privateHost } from "./public-address.ts";

/** All addresses of a name, of both families. Rejects when one of them may be missing; none means that there are none. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<string[]>;

/** Refuses what `publicUrl` gave when its name leads, at this moment, elsewhere than to the public internet. */
export async function refuseUnlessPublic(url: URL, resolve: Resolve, signal: AbortSignal): Promise<void> {
  if (literalAddress(url) !== null) return; // publicUrl has looked at it
  const addresses = await resolve(url.hostname, signal);
  if (addresses.length === 0)
    throw new FetchRefused("unknown_host", `There is no site named ${url.hostname}. Check the address.`);
  if (!addresses.every(isPublicAddress)) throw privateHost(url);
}

const A = 1;
const CNAME = 5;
const AAAA = 28;
const noError = 0;
const noSuchName = 3;

const answerShape = z.object({
  Status: z.int(),
  TC: z.boolean().optional(),
  Answer: z.array(z.object({ type: z.int(), data: z.string() })).optional(),
});

/**
 * Asks a resolver over HTTPS in its JSON form, which Cloudflare, Google and others speak: workers have no other way to ask. It
 * follows CNAMEs; that one of them points to a private name is refused. Fails closed: unless both questions, for A and for
 * AAAA, are answered well and in full, it throws FetchRefused (`dns_failed`).
 */
export function resolveOverHttps(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  endpoint = "https://cloudflare-dns.com/dns-query",
): Resolve {
  async function ask(host: string, type: "A" | "AAAA", signal: AbortSignal) {
    const url = new URL(endpoint);
    url.searchParams.set("name", host);
    url.searchParams.set("type", type);
    const response = await fetch(url.href, {
      headers: { accept: "application/dns-json" },
      redirect: "manual",
      signal,
    });
    const { bytes, isWhole } = await readAtMost(response.body, dnsAnswerBytesMax, signal);
    if (response.status !== 200 || !isWhole) throw new Error(`HTTP ${response.status} of ${bytes.byteLength} bytes`);
    const answer = answerShape.parse(JSON.parse(new TextDecoder().decode(bytes)));
    const isAnswered = answer.Status === noError || answer.Status === noSuchName;
    if (!isAnswered || answer.TC) throw new Error(`DNS status ${answer.Status}${answer.TC ? ", cut short" : ""}`);
    return answer.Answer ?? [];
  }

  return async (host, signal) => {
    const either = AbortSignal.any([signal, AbortSignal.timeout(dnsTimeoutMs)]);
    const records = await Promise.all([ask(host, "A", either), ask(host, "AAAA", either)]).catch((cause: unknown) => {
      throw new FetchRefused("dns_failed", `The name ${host} could not be looked up. Try again later.`, { cause });
    });
    const all = records.flat();
    if (all.some(({ type, data }) => type === CNAME && !isPublicName(data)))
      throw new FetchRefused("private_address", `${host} leads to a name that is not on the public internet.`);
    return all.filter(({ type }) => type === A || type === AAAA).map(({ data }) => data);
  };
}
