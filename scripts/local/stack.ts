import { join } from "node:path";
import { migrate } from "../migrate.ts";
import { type BedrockOptions, serveBedrock } from "./bedrock/server.ts";
import { startCrons } from "./cron.ts";
import { serveNeon } from "./neon.ts";
import { openPglite, openPool } from "./postgres.ts";
import { startWorker } from "./worker.ts";

export type StackOptions = {
  port?: number;
  /** Where everything is kept; in memory if absent. */
  directory?: string;
  /** The owner's connection string of a real Postgres (Neon or any other) instead of PGlite. */
  databaseUrl?: string;
  /** Real AWS credentials instead of the Bedrock stand-in. */
  aws?: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string; AWS_REGION?: string; AWS_SESSION_TOKEN?: string };
  bedrock?: BedrockOptions;
  variables?: Record<string, string>;
  outdir?: string;
  /** Host and port of a proxy that is the internet to the worker. */
  web?: string;
  isInspected?: boolean;
  onStep?: (step: string) => void;
  onLog?: (line: string) => void;
};

const APP_PASSWORD = "local";
/** Seals what only a stand-in's database holds. */
const LOCAL_ENCRYPTION_KEYS = "local:bG9jYWxsb2NhbGxvY2FsbG9jYWxsb2NhbGxvY2FsbG8=";
/** The stand-in answers under its own name; an answer never claims a model that did not give it. */
export const LOCAL_MODEL = "local.extractive-v1";
const LOCAL_MODELS = { CHAT_MODEL: LOCAL_MODEL, UTILITY_MODEL: LOCAL_MODEL, OCR_MODEL: "local.tesseract-v1" };

/** Postgres, SQL over HTTP, Bedrock and the worker, migrated and running; each stand-in gives way to the real thing by itself. */
export async function startStack(options: StackOptions = {}) {
  const { directory, onStep = () => {}, onLog } = options;
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    onStep(options.databaseUrl ? "Connecting to the database" : "Starting Postgres (PGlite)");
    const database = await startDatabase(options, closers);
    onStep("Migrating");
    await migrate({ url: database.ownerUrl, endpoint: database.endpoint, appPassword: database.appPassword });
    const bedrock = options.aws
      ? undefined
      : await serveBedrock({ ...(directory && { cacheDirectory: join(directory, "embeddings") }), ...options.bedrock });
    if (bedrock) closers.push(bedrock.close);
    onStep("Starting the worker");
    const worker = await startWorker({
      port: options.port ?? 0,
      ...(directory && { filesDirectory: join(directory, "files") }),
      outdir: options.outdir,
      web: options.web,
      isInspected: options.isInspected,
      onLog,
      variables: {
        DATABASE_URL: database.appUrl,
        ...(database.endpoint && { DATABASE_ENDPOINT: database.endpoint }),
        ...(bedrock && { BEDROCK_ENDPOINT: bedrock.url, ...LOCAL_MODELS }),
        SELF_CHECK: "off", // whatever wrangler.toml says of production
        ENCRYPTION_KEYS: LOCAL_ENCRYPTION_KEYS,
        ...(options.aws ?? { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" }),
        ...options.variables,
      },
    });
    closers.push(worker.close);
    closers.push(startCrons(worker.crons, worker.fire));
    return { url: worker.url, ...database, bedrock, worker, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startDatabase({ directory, databaseUrl }: StackOptions, closers: (() => unknown)[]) {
  const isNeon = databaseUrl !== undefined && new URL(databaseUrl).hostname.endsWith(".neon.tech");
  const appPassword = databaseUrl ? appPasswordFor(databaseUrl) : APP_PASSWORD;
  const ownerUrl = databaseUrl ?? "postgres://postgres@localhost/postgres";
  const appUrl = Object.assign(new URL(ownerUrl), { username: "edgelore_app", password: appPassword }).href;
  if (isNeon) return { ownerUrl, appUrl, appPassword };
  const database = databaseUrl
    ? openPool(databaseUrl)
    : await openPglite({ ...(directory && { directory: join(directory, "postgres") }) });
  closers.push(() => database.close());
  const neon = await serveNeon({ database });
  closers.push(() => neon.close());
  return { ownerUrl, appUrl, appPassword, endpoint: neon.url, neon };
}

/** The start sets it. On another machine a worker may be using the one there is, and would be locked out by a new one. */
function appPasswordFor(databaseUrl: string): string {
  const given = process.env.DATABASE_APP_PASSWORD;
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(databaseUrl).hostname);
  if (!given && !isHere)
    throw new Error("Set DATABASE_APP_PASSWORD too: the password with which edgelore_app logs in, now or from now on.");
  return given ?? crypto.randomUUID();
}

export type Stack = Awaited<ReturnType<typeof startStack>>;
