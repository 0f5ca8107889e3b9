import { readAtMost } from "./body.ts";
import { orAborted } from "./deadline.ts";
import { FetchRefused } from "./fetch-refused.ts";
import { publicUrl } from "./public-address.ts";
import { type Resolve, refuseUnlessPublic } from "./resolve.ts";

export type PostOptions = {
  resolve: Resolve;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  headers: Record<string, string>;
  body: string;
  /** One deadline for names, connection and answer together. */
  timeoutMs: number;
  /** Of what is answered, no more is read. */
  maxBytes: number;
};
export type Posted = { status: number; headers: Headers; text: string };

/**
 * Posts to where a user wants it: to the public internet and nowhere else, as `fetchPublic` asks it. Every address that the name
 * has right before is looked at, and no redirect is followed: it is an answer like any other. Throws FetchRefused when there was none.
 */
export async function postPublic(address: string, options: PostOptions): Promise<Posted> {
  const { timeoutMs } = options;
  const url = publicUrl(address);
  const end = new AbortController();
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await orAborted(post(url, options, AbortSignal.any([deadline, end.signal])), deadline);
  } catch (cause) {
    if (deadline.aborted)
      throw new FetchRefused("timeout", `${url.host} did not answer within ${timeoutMs / 1000} seconds.`, { cause });
    if (cause instanceof FetchRefused) throw cause;
    throw new FetchRefused("unreachable", `${url.host} cannot be reached, or broke the connection off.`, { cause });
  } finally {
    end.abort(); // what is left of the body is not waited for
  }
}

async function post(url: URL, options: PostOptions, signal: AbortSignal): Promise<Posted> {
  const { resolve, fetch, headers, body, maxBytes } = options;
  await refuseUnlessPublic(url, resolve, signal);
  const response = await fetch(url.href, { method: "POST", headers, body, redirect: "manual", signal });
  const { bytes } = await readAtMost(response.body, maxBytes, signal);
  return { status: response.status, headers: response.headers, text: new TextDecoder().decode(bytes) };
}
