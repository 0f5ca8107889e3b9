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
  onLog?: (line: string) => void;
};

/** The real worker, built and configured as wrangler.toml says, in workerd. */
export async function startWorker({ port, variables, filesDirectory, outdir = "dist", web, onLog }: Options) {
  await buildWorker(outdir);
  const { workerOptions } = readWorkerOptions("wrangler.toml");
  const { main: _, modules: __, modulesRules: ___, ...options } = workerOptions as Record<string, unknown>;
  const worker = {
    ...options,
    name: "edgelore",
    host: "127.0.0.1",
    port,
    modulesRoot: outdir,
    modules: modulesOf(outdir),
    bindings: { ...(options.bindings as object), ...variables },
    ...(web && { serviceBindings: { WEB: { external: { address: web, http: { style: HttpOptions_Style.PROXY } } } } }),
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
    close: () => miniflare.dispose(),
  };
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
