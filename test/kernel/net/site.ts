import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { FetchRefused, type RefusalReason } from "../../../functions/kernel/net/fetch-refused.ts";

/** Names resolve to public addresses, as in the world; only `fetch` knows that a server on this machine stands for them. */
export const publicly = async () => ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"];

/** A real server that stands for all sites. `asked` has the URLs that were asked for, `x-asked` tells the server which. */
export async function serveSites(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked: string[] = [];
  return {
    here,
    server,
    asked,
    net: {
      resolve: publicly,
      timeoutMs: 10_000,
      maxBytes: 1_000_000,
      fetch(url: string, init: RequestInit) {
        asked.push(url);
        const headers = new Headers(init.headers);
        headers.set("x-asked", url);
        const { pathname, search } = new URL(url);
        return fetch(here + pathname + search, { ...init, headers });
      },
    },
  };
}

export async function refusal(work: Promise<unknown>): Promise<FetchRefused> {
  const error = await work.then(
    () => new Error("It was not refused."),
    (thrown: Error) => thrown,
  );
  if (error instanceof FetchRefused) return error;
  throw error;
}

export const reasonOf = async (work: Promise<unknown>): Promise<RefusalReason> => (await refusal(work)).reason;
