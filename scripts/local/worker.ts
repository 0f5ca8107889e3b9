import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, HttpOptions_Style, Miniflare, type V4MiniflareOptions } from "miniflare";
import { parse } from "smol-toml";
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from "wrangler";
import { buildWorker } from "../build.ts";

type Options = {
  /** 0 for any free one. */
  port: number;
  variables: Record<string, string>;
  /** Where R2 keeps its objects; in memory if absent. */
  filesDirectory?: string;
  outdir?: string;
  /** Host and port of an HTTP proxy through which pages of the internet are fetched. */
  web?: string;
  /** With it, `heapUsed` can be asked. */
  isInspected?: boolean;
  onLog?: (line: string) => void;
};

/** The real worker, built and configured as wrangler.toml says, in workerd. */
export async function startWorker(options: Options) {
  const { port, variables, filesDirectory, outdir = "dist", web, isInspected, onLog } = options;
  await buildWorker(outdir);
  const { workerOptions } = readWorkerOptions("wrangler.toml");
  const { main: _, modules: __, modulesRules: ___, ...configured } = workerOptions as Record<string, unknown>;
  const worker = {
    ...configured,
    name: "edgelore",
    host: "127.0.0.1",
    port,
    modulesRoot: outdir,
    modules: modulesOf(outdir),
    bindings: { ...(configured.bindings as object), ...variables },
    ...(web && { serviceBindings: { WEB: { external: { address: web, http: { style: HttpOptions_Style.PROXY } } } } }),
    ...(isInspected && { inspectorPort: 0 }),
    ...(filesDirectory && { resourcePersistencePath: filesDirectory }),
    handleStructuredLogs: ({ message }: { message: string }) => onLog?.(message),
  };
  // wrangler still speaks the options of miniflare 4.
  const miniflare = new Miniflare(convertV4MiniflareOptions(worker as unknown as V4MiniflareOptions));
  const url = (await miniflare.ready).origin;
  return {
    url,
    crons: readCrons(),
    /** Runs the tasks of that schedule now. */
    async fire(cron: string, scheduledTime = new Date()) {
      const worker = await miniflare.getWorker();
      const { outcome } = await worker.scheduled({ cron, scheduledTime });
      if (outcome !== "ok") throw new Error(`the cron "${cron}" ended with ${outcome}`);
    },
    /** Gives the worker a wake-up call of that job so many times at once, past the queue. */
    async deliver(jobId: string, times: number) {
      const worker = await miniflare.getWorker();
      const message = () => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body: { jobId } });
      await Promise.all(Array.from({ length: times }, () => worker.queue("edgelore-jobs", [message()])));
    },
    /** Bytes that the worker's objects and buffers take, after a collection of garbage: not what workerd keeps for the stand-ins. */
    async heapUsed() {
      // workerd answers its inspector when the worker has something to do.
      const nudging = setInterval(() => fetch(`${url}/health`).catch(() => undefined), INSPECTOR_NUDGE_MS);
      try {
        return await heapUsed(`${await miniflare.getInspectorURL()}core:user:edgelore`);
      } finally {
        clearInterval(nudging);
      }
    },
    close: () => miniflare.dispose(),
  };
}

const INSPECTOR_NUDGE_MS = 200;
type HeapUsage = { usedSize: number; backingStorageSize?: number };

/** Chrome's DevTools protocol, as workerd speaks it. */
async function heapUsed(inspectorUrl: string): Promise<number> {
  const socket = new WebSocket(inspectorUrl);
  const failed = new Promise<never>((_, reject) => {
    for (const event of ["error", "close"])
      socket.addEventListener(event, () => reject(new Error(`the inspector at ${inspectorUrl}: ${event}`)));
  });
  const event = (name: string) =>
    new Promise<Event>((resolve) => socket.addEventListener(name, resolve, { once: true }));
  async function call<Result>(id: number, method: string): Promise<Result> {
    socket.send(JSON.stringify({ id, method }));
    for (;;) {
      const { data } = (await event("message")) as MessageEvent<string>;
      const answer = JSON.parse(data) as { id?: number; result?: Result; error?: { message: string } };
      if (answer.id !== id) continue;
      if (!answer.result) throw new Error(`${method}: ${answer.error?.message}`);
      return answer.result;
    }
  }
  async function ask(): Promise<number> {
    await event("open");
    await call(1, "HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize = 0 } = await call<HeapUsage>(2, "Runtime.getHeapUsage");
    return usedSize + backingStorageSize;
  }
  try {
    return await Promise.race([ask(), failed]);
  } finally {
    socket.close();
  }
}

function modulesOf(outdir: string) {
  const names = readdirSync(outdir).filter((name) => name.endsWith(".js"));
  return names
    .sort((a, b) => Number(b === "worker.js") - Number(a === "worker.js"))
    .map((name) => ({
      type: "ESModule" as const,
      path: join(outdir, name),
      contents: readFileSync(join(outdir, name), "utf8"),
    }));
}

export const readCrons = (): string[] => {
  const { triggers } = parse(readFileSync("wrangler.toml", "utf8")) as { triggers: { crons: string[] } };
  return triggers.crons;
};
