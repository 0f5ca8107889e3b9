import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Client, createClient } from "../../scripts/client/client.ts";
import type { Eval } from "../../scripts/client/wire.ts";
import { runSession } from "../../scripts/local/session.ts";
import type { Stack } from "../../scripts/local/stack.ts";
import { type BeirSet, DataError, readBeir } from "./beir.ts";
import { type Loaded, loadDocuments } from "./load.ts";
import { makeScratchOrganization } from "./organization.ts";
import { progressOf } from "./progress.ts";
import { say, spread, stackOptions } from "./session.ts";

const USAGE = `npm run eval:answers -- --data DIR [--foreign DIR] [--queries N] [--change JSON] [--json]

  --data DIR       a set in BEIR layout whose questions have metadata: history, answer, answerability
  --foreign DIR    a set whose questions are asked too, of the first one's documents: they are to be refused
  --queries N      asks only N questions of each, spread evenly
  --change JSON    runs the set's own questions once more, with this change of the chatbot's configuration
  --json           prints nothing on stdout but the evals as JSON`;

const HISTORY_MAX = 10;
const IMPORTED_AT_ONCE = 500;
const POLL_MS = 1_000;

type Turn = { role: "user" | "assistant"; content: string };
type Metadata = { history?: Turn[]; answer?: string; answerability?: string };
type Golden = {
  question: string;
  history: Turn[];
  answerable: boolean;
  expectedAnswer: string | null;
  expectedSources: { documentId: string }[];
};
type Task = { data: string; foreign?: string; queriesMax: number; change?: unknown; isJson: boolean };

function taskOf(args: string[]): Task {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: "string" },
      foreign: { type: "string" },
      queries: { type: "string" },
      change: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  if (!values.data) throw new DataError(USAGE);
  const queriesMax = values.queries === undefined ? Infinity : Number(values.queries);
  if (!(queriesMax >= 1)) throw new DataError(`--queries ${values.queries}: is not a number of questions.`);
  const change = values.change === undefined ? undefined : (JSON.parse(values.change) as unknown);
  return { data: values.data, foreign: values.foreign, queriesMax, change, isJson: values.json };
}

/** A set's questions with what its files say of them, but those that ask nothing. */
function questionsOf(directory: string) {
  const lines = readFileSync(join(directory, "queries.jsonl"), "utf8").split("\n").filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as { _id: string; text: string; metadata?: Metadata })
    .filter(({ text, metadata }) => text.trim() !== "" && metadata?.answerability !== "CONVERSATIONAL");
}

type SetQuestion = ReturnType<typeof questionsOf>[number];

function goldenOf(
  { _id, text, metadata = {} }: SetQuestion,
  set: BeirSet,
  documents: ReadonlyMap<string, string>,
): Golden {
  const answerable = metadata.answerability !== "UNANSWERABLE";
  const relevant = answerable ? [...(set.judgments.get(_id)?.keys() ?? [])] : [];
  const found = new Set(relevant.flatMap((id) => documents.get(id) ?? []));
  return {
    question: text,
    history: (metadata.history ?? []).slice(-HISTORY_MAX),
    answerable,
    expectedAnswer: (answerable && metadata.answer) || null,
    expectedSources: [...found].map((documentId) => ({ documentId })),
  };
}

const refusable = ({ text, metadata = {} }: SetQuestion): Golden => ({
  question: text,
  history: (metadata.history ?? []).slice(-HISTORY_MAX),
  answerable: false,
  expectedAnswer: null,
  expectedSources: [],
});

/** Document of the set → document of the API. */
const documentsOf = ({ idsOf }: Loaded) =>
  new Map([...idsOf].flatMap(([documentId, ids]) => ids.map((id) => [id, documentId] as const)));

async function evaluated(
  client: Client,
  chatbotId: string,
  what: string,
  golden: readonly Golden[],
  change: unknown,
  signal: AbortSignal,
): Promise<Eval> {
  const questionIds = new Set<string>();
  for (let from = 0; from < golden.length; from += IMPORTED_AT_ONCE) {
    const form = new FormData();
    const lines = golden.slice(from, from + IMPORTED_AT_ONCE).map((question) => JSON.stringify(question));
    form.set("file", new File([lines.join("\n")], "golden.jsonl"));
    const path = `/v1/chatbots/${chatbotId}/golden-questions/import`;
    for (const id of (await client.request<{ ids: string[] }>("POST", path, form, { signal })).ids) questionIds.add(id);
  }
  const body = { questionIds: [...questionIds], ...(change !== undefined && { change }) };
  let run = await client.request<Eval>("POST", `/v1/chatbots/${chatbotId}/evals`, body, { signal });
  const progress = progressOf(what, run.total);
  for (let done = 0; run.status === "running"; done = run.completed) {
    await sleep(POLL_MS, undefined, { signal });
    run = await client.request<Eval>("GET", `/v1/evals/${run.id}`, undefined, { signal });
    progress.step(run.completed - done);
  }
  progress.end();
  if (run.status !== "completed") throw new Error(`The eval is ${run.status}. ${run.failureReason ?? ""}`);
  return run;
}

/** One after another: a set's own questions, the same with a change, and another set's, which these documents do not answer. */
async function run(
  { data, foreign, queriesMax, change, isJson }: Task,
  stack: Stack,
  signal: AbortSignal,
): Promise<number> {
  const organization = await makeScratchOrganization(stack);
  try {
    const client = createClient({ url: stack.url, key: organization.key });
    const set = await readBeir(data);
    const loaded = await loadDocuments(client, set.documents, signal);
    for (const [reason, count] of loaded.missing) say(`${count} documents are not there. ${reason}`);
    const documents = documentsOf(loaded);
    const { id } = await client.request<{ id: string }>("POST", "/v1/chatbots", { name: "Evaluated" }, { signal });
    const own = spread(questionsOf(data), queriesMax).map((question) => goldenOf(question, set, documents));
    const runs: [string, Eval][] = [
      [basename(resolve(data)), await evaluated(client, id, "Asking", own, undefined, signal)],
    ];
    if (change !== undefined)
      runs.push([`with ${JSON.stringify(change)}`, await evaluated(client, id, "Asking again", own, change, signal)]);
    if (foreign !== undefined) {
      const others = spread(questionsOf(foreign), queriesMax).map(refusable);
      runs.push([
        `questions of ${basename(resolve(foreign))}`,
        await evaluated(client, id, "Asking others", others, undefined, signal),
      ]);
    }
    if (isJson) console.log(JSON.stringify(Object.fromEntries(runs)));
    else for (const [name, one] of runs) print(name, one);
    return runs.some(([, { summary }]) => summary!.wrongQuotes > 0 || summary!.failed > 0) ? 1 : 0;
  } finally {
    if (process.env.DATABASE_URL !== undefined) await organization.remove();
  }
}

const shown = (value: number | null) => (value === null ? "–" : value.toFixed(4));

function print(name: string, { summary }: Eval): void {
  const { thresholds, ...figures } = summary!;
  console.log(`\n## ${name}: ${figures.questions} questions\n\n| | |\n|---|---|`);
  for (const [what, value] of [
    ["recall@5", shown(figures.recall)],
    ["reciprocal rank", shown(figures.reciprocalRank)],
    ["said of the reference answer, by the stand-in's judge", shown(figures.correctness)],
    ["citations that quote what is not in their chunk", `${figures.wrongQuotes} of ${figures.quotes}`],
    ["refused, of the unanswerable", shown(figures.refusedUnanswerable)],
    ["wrongly refused, of the answerable", shown(figures.refusedAnswerable)],
    ["without an answer", String(figures.failed)],
    [
      "first words, whole answer (median ms)",
      `${figures.firstTokenMsP50?.toFixed(0)}, ${figures.latencyMsP50?.toFixed(0)}`,
    ],
  ])
    console.log(`| ${what} | ${value} |`);
  console.log("\n| threshold | refused, of the answerable | refused, of the unanswerable |\n|---|---|---|");
  for (const { threshold, refusedAnswerable, refusedUnanswerable } of thresholds)
    console.log(`| ${threshold.toFixed(2)} | ${shown(refusedAnswerable)} | ${shown(refusedUnanswerable)} |`);
}

let task: Task;
try {
  task = taskOf(process.argv.slice(2));
} catch (error) {
  say((error as Error).message);
  process.exit(2);
}
await runSession(
  () => stackOptions(),
  (stack, leaving) => run(task, stack, leaving),
  { verbose: false },
);
