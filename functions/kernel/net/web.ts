import type { Env } from "../env.ts";
import type { FetchOptions } from "./fetch-public.ts";
import { resolveOverHttps } from "./resolve.ts";

/** The public internet, as this worker reaches it: names and pages alike through the binding `WEB` where there is one. */
export function openWeb({ WEB }: Env): Pick<FetchOptions, "resolve" | "fetch"> {
  const through: FetchOptions["fetch"] = (url, init) => (WEB ?? globalThis).fetch(url, init);
  return { resolve: resolveOverHttps(through), fetch: through };
}
