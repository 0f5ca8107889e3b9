import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "../../scripts/client/client.ts";

const directory = mkdtempSync(join(tmpdir(), "edgelore-dev-"));
const started: ChildProcess[] = [];
const { DATABASE_URL: _, ...environment } = process.env;

type Run = { process: ChildProcess; output: () => string; ended: Promise<number | null> };
type Saved = { url: string; organizationId: string; apiKey: string; adminKey: string; chatbotId: string };

/** Alone in a process group, so that whatever it starts and leaves behind is found there. */
function dev(...args: string[]): Run {
  const child = spawn("node", ["scripts/dev.ts", "--directory", directory, ...args], {
    detached: true,
    env: { ...environment, EDGELORE_LOCAL_MODEL: "1" },
  });
  started.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes) => {
      output += bytes;
    });
  return { process: child, output: () => output, ended: once(child, "close").then(([code]) => code) };
}

async function untilSaid(run: Run, words: string): Promise<void> {
  const until = Date.now() + 40_000;
  while (!run.output().includes(words)) {
    if (run.process.exitCode !== null || Date.now() > until)
      throw new Error(`"${words}" was not said:\n${run.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const readSaved = (): Saved => JSON.parse(readFileSync(join(directory, "dev.json"), "utf8"));

/** Processes of the group that has this leader; one that is dead and only not yet collected is none. */
const groupOf = ({ process: { pid } }: Run) =>
  readdirSync("/proc").filter((name) => {
    const [state, , group] = /^\d+$/.test(name) ? fieldsOf(name) : [];
    return group === String(pid) && state !== "Z";
  });

/** State, parent, group … of a process: what follows its name, which may hold anything. */
function fieldsOf(processId: string): string[] {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return []; // ended meanwhile
  }
}

/** What the shell would have curl send; curl itself is not on every machine. */
function pasted(line: string): Promise<Response> {
  const shown = execFileSync("sh", ["-c", `curl() { printf '%s\\n' "$@"; }\n${line}`], { encoding: "utf8" });
  const words = shown.trimEnd().split("\n");
  const after = (option: string) => words.filter((_, i) => words[i - 1] === option);
  const headers = after("-H").map((header) => header.split(": ") as [string, string]);
  return fetch(words.find((word) => word.startsWith("http"))!, { method: "POST", headers, body: after("-d")[0]! });
}

let first: Run;

beforeAll(async () => {
  first = dev("--port", "0");
  await untilSaid(first, "Ctrl-C stops it");
});

afterAll(() => {
  for (const { pid } of started)
    try {
      process.kill(-pid!, "SIGKILL");
    } catch {
      // ended by itself, as it should
    }
  rmSync(directory, { recursive: true, force: true });
});

test("the first start leaves a dev.json that only its owner can read, and a question that works when pasted", async () => {
  const { url, chatbotId, apiKey } = readSaved();
  expect(statSync(join(directory, "dev.json")).mode & 0o777).toBe(0o600);
  const curl = first
    .output()
    .split("\n")
    .find((line) => line.trim().startsWith("curl "))!;
  expect(curl).toContain(`${url}/v1/chatbots/${chatbotId}/messages`);
  expect(curl).toContain(apiKey);
  const answer = await (await pasted(curl)).text();
  expect(answer).toContain("event: delta");
  expect(answer).toContain("event: message.completed");
  expect(answer).toContain("36 months");
  expect((await fetch(`${url}/docs`)).status).toBe(200);
});

test("a second dev on the same data says which one has it", async () => {
  const second = dev("--port", "0", "--reset");
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`runs on ${directory} already, at ${readSaved().url}`);
});

test("Ctrl-C leaves no process behind, and the next start finds keys, documents and their bytes", async () => {
  const before = readSaved();
  expect(groupOf(first).length).toBeGreaterThan(1);
  process.kill(-first.process.pid!, "SIGINT"); // a terminal's Ctrl-C goes to the whole group
  expect(await first.ended).toBe(0);
  expect(groupOf(first)).toEqual([]);

  const second = dev("--port", "0");
  await untilSaid(second, "Ctrl-C stops it");
  expect(second.output()).not.toContain("Reading");
  const saved = readSaved();
  expect(saved).toEqual({ ...before, url: saved.url });
  const client = createClient({ url: saved.url, key: saved.apiKey });
  const { items } = await client.request<{ items: { id: string }[] }>("GET", "/v1/documents");
  expect(items).toHaveLength(5);
  const again = await client.request<{ id: string }>("POST", `/v1/documents/${items[0]!.id}/reprocess`);
  expect(await client.waitForDocument(again.id)).toMatchObject({ status: "completed" });

  process.kill(second.process.pid!, "SIGTERM");
  expect(await second.ended).toBe(0);
  expect(groupOf(second)).toEqual([]);
});

test("a port in use is named, and nothing is started or removed", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const refused = dev("--port", String(port), "--reset");
  expect(await refused.ended).toBe(1);
  expect(refused.output()).toBe(`Port ${port} is in use. Choose another one: npm run dev -- --port N\n`);
  expect(readSaved().apiKey).toMatch(/^el_/);
  taken.close();
});

test("a start that is broken off halfway leaves no process behind", async () => {
  const run = dev("--port", "0");
  await untilSaid(run, "Starting the worker");
  process.kill(-run.process.pid!, "SIGHUP");
  expect(await run.ended, run.output()).toBe(130);
  expect(groupOf(run)).toEqual([]);
});
