import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, createClient } from "./client/client.ts";
import { ConnectionError, ProblemError } from "./client/failure.ts";
import {
  DEMO_DOCUMENTS,
  documentLine,
  makeDemoChatbot,
  makeDemoOrganization,
  uploadDemoDocuments,
} from "./local/demo-organization.ts";
import { checkPort, DIRECTORY, readSettings, type Settings, variablesOf } from "./local/dev-settings.ts";
import { logLine } from "./local/log-line.ts";
import { Refusal, runSession } from "./local/session.ts";
import { LOCAL_MODEL, type Stack, type StackOptions } from "./local/stack.ts";

type Keys = { organizationId: string; apiKey: string; adminKey: string };
/** What `dev.json` holds; without a chatbot when the first start was interrupted. */
type Saved = Keys & { url: string; chatbotId?: string };

const EVERY_MINUTE = "* * * * *";
const PROBE_TIMEOUT_MS = 2_000;

const settings = readSettings(process.argv.slice(2));
await runSession(prepare, async (stack, leaving) => {
  const { saved, unfinished } = await furnish(stack, leaving);
  console.log(welcome(saved, unfinished));
  await sleep(2 ** 31 - 1, undefined, { signal: leaving, ref: true });
  return 0;
});

/** What is in the way is found before anything is removed or started. */
async function prepare(): Promise<StackOptions> {
  const { port, directory, databaseUrl, aws, reset, verbose, quiet } = settings;
  const saved = readSaved();
  if (saved && (await isRunning(saved)))
    throw new Refusal(
      `\`npm run dev\` runs on ${directory} already, at ${saved.url}. Stop it, or give this one another --directory.`,
    );
  await checkPort(port);
  if (reset) removeData();
  const show = verbose ? (line: string) => line : logLine;
  return {
    port,
    directory,
    databaseUrl,
    aws,
    outdir: join(directory, "worker"),
    variables: variablesOf(settings),
    onStep: (step) => console.log(`${step} …`),
    onLog(line) {
      const shown = quiet ? undefined : show(line);
      if (shown !== undefined) console.log(shown);
    },
  };
}

const savedPath = () => join(settings.directory, "dev.json");

function readSaved(): Saved | undefined {
  try {
    return JSON.parse(readFileSync(savedPath(), "utf8"));
  } catch {
    return undefined;
  }
}

/** At no time half written or readable for others. */
function save(saved: Saved): Saved {
  const path = `${savedPath()}.${process.pid}`;
  writeFileSync(path, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
  renameSync(path, savedPath());
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

/** The organization of the last time, or a new one where the database does not know it. */
async function furnish(stack: Stack, leaving: AbortSignal): Promise<{ saved: Saved; unfinished: number }> {
  const { url } = stack;
  const clientOf = (key: string) => createClient({ url, key });
  const before = readSaved();
  const isKnown =
    before &&
    (await holds(clientOf(before.adminKey), before, leaving)) &&
    (await holds(clientOf(before.apiKey), before, leaving));
  const keys = isKnown ? before : await makeDemoOrganization(stack);
  const saved = save({ ...keys, url });
  const client = clientOf(saved.apiKey);
  const isComplete = saved.chatbotId !== undefined && (await refitChatbot(client, saved.chatbotId, leaving));
  if (isComplete) {
    // Its messages stood in a queue that is gone.
    await stack.worker.fire(EVERY_MINUTE);
    return { saved, unfinished: await countUnfinished(client, leaving) };
  }
  console.log(`Reading ${DEMO_DOCUMENTS.length} documents …`);
  const chatbotId = await makeDemoChatbot(client, leaving);
  await uploadDemoDocuments(client, (document) => console.log(documentLine(document)), leaving);
  return { saved: save({ ...saved, chatbotId }), unfinished: 0 };
}
