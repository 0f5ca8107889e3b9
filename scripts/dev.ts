import { once } from "node:events";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, createClient } from "./client/client.ts";
import { ProblemError } from "./client/failure.ts";
import {
  DEMO_DOCUMENTS,
  DEMO_ORGANIZATION,
  documentLine,
  makeDemoChatbot,
  makeDemoOrganization,
  uploadDemoDocuments,
} from "./local/demo-organization.ts";
import { checkPort, DIRECTORY, readSettings, variablesOf } from "./local/dev-settings.ts";
import { logLine, troubleLine } from "./local/log-line.ts";
import { runSession } from "./local/session.ts";
import { LOCAL_MODEL, type Stack, type StackOptions } from "./local/stack.ts";

/** Without a chatbot when the first start was interrupted. */
type Keys = { organizationId: string; apiKey: string; adminKey: string; chatbotId?: string };
/** What `dev.json` holds. */
type Saved = Keys & { url: string };

const EVERY_MINUTE = "* * * * *";
const PROBE_TIMEOUT_MS = 2_000;

const settings = readSettings(process.argv.slice(2));
const SAVED = join(settings.directory, "dev.json");
/** Before, the requests are those of the start itself. */
let isReady = false;

/** What is in the way is found before anything is removed or started. */
async function prepare(): Promise<StackOptions> {
  const { port, directory, databaseUrl, aws, reset, verbose, quiet } = settings;
  const saved = readSaved();
  if (saved && (await isRunning(saved)))
    throw new Error(
      `\`npm run dev\` runs on ${directory} already, at ${saved.url}. Stop it, or give this one another --directory.`,
    );
  await checkPort(port);
  if (reset) removeData();
  return {
    port,
    directory,
    databaseUrl,
    aws,
    outdir: join(directory, "worker"),
    variables: variablesOf(settings),
    onStep: (step) => console.log(`${step} …`),
    onLog(line) {
      const shown = verbose ? line : quiet || !isReady ? troubleLine(line) : logLine(line);
      if (shown !== undefined) console.log(shown);
    },
  };
}

function readSaved(): Saved | undefined {
  try {
    return JSON.parse(readFileSync(SAVED, "utf8"));
  } catch {
    return undefined;
  }
}

/** At no time half written or readable for others. */
function save(saved: Saved): Saved {
  const path = `${SAVED}.${process.pid}`;
  writeFileSync(path, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
  renameSync(path, SAVED);
  return saved;
}

/** Embeddings, which are dear to make and the same for everybody, stay. */
function removeData(): void {
  const { directory } = settings;
  const isOurs = ["dev.json", "postgres/PG_VERSION"].some((name) => existsSync(join(directory, name)));
  if (!isOurs && directory !== DIRECTORY) return;
  for (const name of ["postgres", "files", "worker", "dev.json"])
    rmSync(join(directory, name), { recursive: true, force: true });
}

const isRunning = (saved: Saved) =>
  holds(createClient({ url: saved.url, key: saved.adminKey }), saved, AbortSignal.timeout(PROBE_TIMEOUT_MS)).catch(
    () => false,
  );

/** Whether that key opens that organization. */
async function holds(client: Client, { organizationId }: Keys, signal: AbortSignal): Promise<boolean> {
  try {
    const { id } = await client.request<{ id: string }>("GET", "/v1/organization", undefined, { signal });
    return id === organizationId;
  } catch (error) {
    if (error instanceof ProblemError && [401, 403, 404].includes(error.status)) return false;
    throw error;
  }
}

/** The organization of the last time, or a new one where the database does not know it; then a chatbot that has read the demo's documents. */
async function furnish(stack: Stack, leaving: AbortSignal): Promise<{ saved: Saved; unfinished: number }> {
  const { url } = stack;
  const known = await findKeys(url, leaving);
  const keys: Keys = known ?? (await makeDemoOrganization(stack));
  const { chatbotId } = keys;
  const saved = save({ url, ...keys });
  const client = createClient({ url, key: saved.apiKey });
  // What was under way at the last end has lost its queue.
  await stack.worker.fire(EVERY_MINUTE);
  if (chatbotId && (await hasChatbot(client, chatbotId, leaving)))
    return { saved, unfinished: await countUnfinished(client, leaving) };
  console.log(`Reading ${DEMO_DOCUMENTS.length} documents …`);
  if (known) console.log("  What the last run broke off in is taken up after two minutes.");
  await uploadDemoDocuments(client, (document) => console.log(documentLine(document)), leaving);
  return { saved: save({ ...saved, chatbotId: await makeDemoChatbot(client, leaving) }), unfinished: 0 };
}

async function findKeys(url: string, leaving: AbortSignal): Promise<Keys | undefined> {
  const saved = readSaved();
  if (!saved) return undefined;
  const { organizationId, apiKey, adminKey, chatbotId } = saved;
  const known = await Promise.all([apiKey, adminKey].map((key) => holds(createClient({ url, key }), saved, leaving)));
  return known.every(Boolean) ? { organizationId, apiKey, adminKey, chatbotId } : undefined;
}

async function hasChatbot(client: Client, chatbotId: string, leaving: AbortSignal): Promise<boolean> {
  try {
    await client.request("GET", `/v1/chatbots/${chatbotId}`, undefined, { signal: leaving });
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return false;
    throw error;
  }
}

async function countUnfinished(client: Client, leaving: AbortSignal): Promise<number> {
  const counts = ["uploaded", "processing"].map(async (status) => {
    const path = `/v1/documents?status=${status}&limit=100`;
    return (await client.request<{ items: unknown[] }>("GET", path, undefined, { signal: leaving })).items.length;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

function welcome({ url, apiKey, chatbotId }: Saved, unfinished: number): string {
  const { databaseUrl, directory, aws } = settings;
  const question = JSON.stringify({ content: "How long does the warranty on a kettle last?", stream: true });
  return `
Edgelore is ready at ${url}

  Reference   ${url}/docs
  API key     ${apiKey} (this and the admin key: ${SAVED})
  Database    ${databaseUrl ? new URL(databaseUrl).host : `PGlite in ${join(directory, "postgres")}`}
  Model       ${aws ? "Amazon Bedrock" : `${LOCAL_MODEL}, a stand-in that repeats sentences and writes none`}
${unfinished > 0 ? `  Documents   ${unfinished} are still being processed\n` : ""}
Ask the chatbot of ${DEMO_ORGANIZATION}:

  curl -N ${url}/v1/chatbots/${chatbotId}/messages -H 'authorization: Bearer ${apiKey}' -H 'content-type: application/json' -d '${question}'

Ctrl-C stops it; everything is kept for the next time.
`;
}

await runSession(
  prepare,
  async (stack, leaving) => {
    const { saved, unfinished } = await furnish(stack, leaving);
    console.log(welcome(saved, unfinished));
    isReady = true;
    if (!leaving.aborted) await once(leaving, "abort");
    return 0;
  },
  settings,
);
