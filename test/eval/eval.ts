import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runSession } from "../../scripts/local/session.ts";
import type { Stack } from "../../scripts/local/stack.ts";
import { BEIR_FILES, type BeirFiles, type BeirSet, DataError, readBeir } from "./beir.ts";
import { type Evaluation, evaluateSet } from "./evaluation.ts";
import { QUICK_LEXICAL_NDCG_MIN, QUICK_SET } from "./quick.ts";
import { rounded, tableOf, writeReport } from "./report.ts";
import { say, spread, stackOptions } from "./session.ts";
import { evaluateTurns, TURNS, type Turns, turnsTable } from "./turns.ts";

const USAGE = `npm run eval -- --data DIR [--corpus FILE] [--queries-file FILE] [--qrels FILE] [--queries N] [--prefix | --turns WAYS] [--json] [--report]
npm run eval -- --quick [--json]

  --data DIR       a set in BEIR layout: ${BEIR_FILES.corpus}, ${BEIR_FILES.queries}, ${BEIR_FILES.qrels}; the next three name others inside it
  --queries N      asks only N of the questions, spread evenly
  --prefix         has a model write a contextual prefix for each chunk, to see its gain
  --turns WAYS     asks a chatbot the questions that have a history, and counts recall@5: of ${TURNS.join(", ")} some, with commas between
  --quick          a built-in set of ${QUICK_SET.documents.length} documents; ends with 1 when it is not found as it should be
  --json           prints nothing on stdout but the figures as JSON
  --report         writes the set's row into test/eval/report.md

DATABASE_URL, the owner's, takes a real Postgres instead of the embedded one.`;

type Task = {
  name: string;
  set: BeirSet;
  isPrefixed: boolean;
  isQuick: boolean;
  isJson: boolean;
  isReported: boolean;
  turns: Turns[];
};

async function taskOf(args: string[]): Promise<Task> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: "string" },
      corpus: { type: "string", default: BEIR_FILES.corpus },
      "queries-file": { type: "string", default: BEIR_FILES.queries },
      qrels: { type: "string", default: BEIR_FILES.qrels },
      queries: { type: "string" },
      prefix: { type: "boolean", default: false },
      turns: { type: "string", default: "" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      report: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const shared = {
    isPrefixed: values.prefix,
    isQuick: values.quick,
    isJson: values.json,
    isReported: values.report,
    turns: turnsOf(values.turns),
  };
  if (values.quick && !values.data) return { ...shared, name: "quick", set: QUICK_SET };
  if (!values.data) throw new DataError(`Give --data DIR or --quick.\n\n${USAGE}`);
  const files: BeirFiles = { corpus: values.corpus, queries: values["queries-file"], qrels: values.qrels };
  const set = await readBeir(values.data, files);
  const queriesMax = values.queries === undefined ? Infinity : Number(values.queries);
  if (!(queriesMax >= 1)) throw new DataError(`--queries ${values.queries}: is not a number of questions.`);
  return {
    ...shared,
    isQuick: false,
    name: nameOf(values.data, files) + (values.prefix ? " with prefixes" : ""),
    set: { ...set, queries: spread(set.queries, queriesMax) },
  };
}

function turnsOf(ways: string): Turns[] {
  const named = ways.split(",").filter(Boolean);
  const unknown = named.find((way) => !TURNS.some((turns) => turns === way));
  if (unknown !== undefined) throw new DataError(`--turns ${unknown}: is none of ${TURNS.join(", ")}.`);
  return named as Turns[];
}

const nameOf = (directory: string, files: BeirFiles) =>
  [basename(resolve(directory)), ...Object.keys(files).map((key) => files[key as keyof BeirFiles])]
    .filter((name) => !Object.values(BEIR_FILES).includes(name))
    .join(" ");

async function run(
  { name, set, isPrefixed, isQuick, isJson, isReported, turns }: Task,
  stack: Stack,
  signal: AbortSignal,
): Promise<number> {
  for (const warning of set.warnings) say(warning);
  say(`${name}: ${set.documents.length} documents, ${set.queries.length} questions.`);
  const isKept = process.env.DATABASE_URL !== undefined;
  if (turns.length > 0) {
    const found = await evaluateTurns(stack, set, turns, { isKept, signal, say });
    console.log(isJson ? JSON.stringify(found) : turnsTable(found));
    return 0;
  }
  const evaluation = await evaluateSet(stack, set, { isPrefixed, isKept, signal, say });
  console.log(isJson ? JSON.stringify(rounded(evaluation)) : tableOf(evaluation));
  if (isReported) writeReport({ name, documents: set.documents.length, queries: set.queries.length, evaluation });
  return isQuick ? judge(evaluation) : 0;
}

function judge(evaluation: Evaluation): number {
  const missing = Object.entries(evaluation).flatMap(([side, figures]) =>
    Object.entries(figures).flatMap(([metric, value]) => (Number.isFinite(value) ? [] : [`${side} has no ${metric}.`])),
  );
  if (evaluation.lexical["nDCG@10"] < QUICK_LEXICAL_NDCG_MIN)
    missing.push(`lexical nDCG@10 is below ${QUICK_LEXICAL_NDCG_MIN}.`);
  for (const line of missing) say(line);
  return missing.length > 0 ? 1 : 0;
}

let task: Task;
try {
  task = await taskOf(process.argv.slice(2));
} catch (error) {
  const isUsers = error instanceof DataError || (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS");
  say(isUsers ? (error as Error).message : String((error as Error).stack));
  process.exit(2);
}
await runSession(
  () => stackOptions({ comparesMeaning: task.turns.length === 0 }),
  (stack, leaving) => run(task, stack, leaving),
  { verbose: false },
);
