import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LIMITS } from "../../functions/kernel/limits.ts";
import type { Client } from "../client/client.ts";
import type { Eval } from "../client/wire.ts";
import { command, EXIT, UsageError, wholeNumber } from "./command.ts";
import { connect, connectionOptions } from "./connection.ts";
import { type Bounds, objectionsTo, print } from "./eval-report.ts";
import { reasonOf } from "./files.ts";
import { note, outJson } from "./terminal.ts";

const POLL_MS = 500;
const POLL_MS_MAX = 3_000;
const LINE_EVERY_MS = 30_000;
const EXIT_INTERRUPTED = 130;
const ERASE_LINE = "\r\u001b[2K";

export const evaluate = command({
  name: "eval",
  about: "Try a chatbot on golden questions, and compare with the last time",
  operands: "BOT",
  options: {
    ...connectionOptions,
    golden: { type: "string", value: "FILE", about: "Questions, a JSON object a line; without, all approved ones" },
    tag: {
      type: "string",
      value: "TAG",
      about: "Given to the file's questions; without a file, asks those that have it",
    },
    change: { type: "string", value: "JSON", about: "Try it with this change, which is not applied" },
    questions: { type: "string", value: "N", about: "Ask N at most" },
    "max-cost": { type: "string", value: "MICRO_USD", about: "Stop when its calls have cost so much" },
    "min-recall": { type: "string", value: "SHARE", about: "Fail when less of the expected sources is found" },
    "min-correctness": { type: "string", value: "SHARE", about: "Fail when less of what answers should say is said" },
    "min-refused": { type: "string", value: "SHARE", about: "Fail when less of the unanswerable questions is refused" },
    "max-refused": { type: "string", value: "SHARE", about: "Fail when more of the answerable questions is refused" },
    "max-drop": { type: "string", value: "SHARE", about: "Fail when one of these is worse than last time by more" },
    json: { type: "boolean", about: "Print the eval with its comparison as JSON" },
  },
  details: `The file's questions are added to the chatbot's, or changed where they are there already, and exactly they are asked:
  {"question": "How long is the warranty?", "expectedFacts": ["two years"], "expectedSources": [{"quote": "lasts two years"}]}
  {"question": "Who won the cup?", "answerable": false}
A quote that is not in its chunk, and a question that got no answer, always fail. BOT is an id or a slug.`,
  async run([bot, ...more], { url, key, json, ...values }) {
    if (bot === undefined || more.length > 0) throw new UsageError("Which chatbot? Give one id or slug.");
    const bounds = boundsOf(values);
    const body = bodyOf(values);
    const files = values.golden === undefined ? [] : partsOf(values.golden);
    const { client } = connect({ url, key });
    const chatbotId = await idOf(client, bot);
    const questionIds = await imported(client, chatbotId, files, values.tag);
    const only = questionIds.length > 0 ? { questionIds } : values.tag === undefined ? {} : { tags: [values.tag] };
    const begun = await client.request<Eval>("POST", `/v1/chatbots/${chatbotId}/evals`, { ...body, ...only });
    const run = await ended(client, begun);
    if (json) outJson(run);
    else print(run);
    const objections = objectionsTo(run, bounds);
    for (const objection of objections) note(objection);
    return objections.length === 0 ? EXIT.ok : EXIT.failed;
  },
});

type Values = Partial<Record<string, string>>;

function bodyOf(values: Values) {
  const limits = {
    ...(values.questions !== undefined && {
      questions: wholeNumber("questions", values.questions, 1, LIMITS.evalQuestionsMax),
    }),
    ...(values["max-cost"] !== undefined && { costMicroUsd: wholeNumber("max-cost", values["max-cost"], 0, 1e12) }),
  };
  return { ...(values.change !== undefined && { change: parsed(values.change) }), limits };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new UsageError("--change is no JSON.");
  }
}

function boundsOf(values: Values): Bounds {
  const share = (flag: string): number | undefined => {
    const value = values[flag];
    if (value === undefined) return undefined;
    const number = value.trim() === "" ? Number.NaN : Number(value);
    if (!(number >= 0 && number <= 1)) throw new UsageError(`--${flag} is a share from 0 to 1.`);
    return number;
  };
  const refused = share("max-refused");
  return {
    min: {
      recall: share("min-recall"),
      correctness: share("min-correctness"),
      refused: share("min-refused"),
      answered: refused === undefined ? undefined : 1 - refused,
    },
    maxDrop: share("max-drop"),
  };
}

/** The file in parts that one request takes, whole lines each. */
function partsOf(path: string): string[] {
  let written: string;
  try {
    written = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`${path} ${reasonOf(error)}.`);
  }
  const lines = written
    .replace(/^\uFEFF/, "")
    .split("\n")
    .filter((line) => line.trim() !== "");
  if (lines.length === 0) throw new UsageError(`${path} holds no question.`);
  const size = LIMITS.goldenQuestionsAtOnce;
  return Array.from({ length: Math.ceil(lines.length / size) }, (_, part) =>
    lines.slice(part * size, (part + 1) * size).join("\n"),
  );
}

async function idOf(client: Client, bot: string): Promise<string> {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(bot)) return bot;
  type Page = { items: { id: string; slug: string }[]; nextCursor: string | null };
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor && `&cursor=${cursor}`;
    const page: Page = await client.request<Page>("GET", `/v1/chatbots?limit=${LIMITS.pageSizeMax}${query}`);
    const found = page.items.find(({ slug }) => slug === bot);
    if (found) return found.id;
    cursor = page.nextCursor;
  }
  throw new UsageError(`There is no chatbot ${bot}.`);
}

async function imported(client: Client, chatbotId: string, parts: string[], tag?: string): Promise<string[]> {
  const ids: string[] = [];
  for (const part of parts) {
    const form = new FormData();
    if (tag !== undefined) form.set("tags", JSON.stringify([tag]));
    form.set("file", new File([part], "golden.jsonl", { type: "application/jsonl" }));
    const path = `/v1/chatbots/${chatbotId}/golden-questions/import`;
    ids.push(...(await client.request<{ ids: string[] }>("POST", path, form)).ids);
  }
  return [...new Set(ids)];
}

/** The eval once it has ended; Ctrl-C cancels it. */
async function ended(client: Client, begun: Eval): Promise<Eval> {
  const path = `/v1/evals/${begun.id}`;
  const interrupted = () => {
    note("Cancelling …");
    const cancelling = client.request("POST", `${path}/cancel`).catch((error) => note(String(error)));
    void cancelling.then(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once("SIGINT", interrupted);
  let told = Date.now();
  const { stderr } = process;
  try {
    for (let pollMs = POLL_MS; ; pollMs = Math.min(pollMs * 1.5, POLL_MS_MAX)) {
      const run = await client.request<Eval>("GET", path);
      if (stderr.isTTY) stderr.write(`${ERASE_LINE}${run.completed}/${run.total} asked`);
      else if (Date.now() - told > LINE_EVERY_MS) {
        told = Date.now();
        note(`${run.completed}/${run.total} asked`);
      }
      if (run.status !== "running") return run;
      await sleep(pollMs);
    }
  } finally {
    process.off("SIGINT", interrupted);
    if (stderr.isTTY) stderr.write(ERASE_LINE);
  }
}
