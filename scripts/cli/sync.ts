import { readFile, realpath, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { DOCUMENT_TYPES } from "../../db/words.ts";
import { command, EXIT, UsageError, wholeNumber } from "./command.ts";
import { connect, connectionOptions, pauseLine } from "./connection.ts";
import { explain } from "./explain.ts";
import { readFolder } from "./folder.ts";
import { filterOf } from "./ignore.ts";
import { type Plan, planOf, type Step } from "./plan.ts";
import { progressBar } from "./progress.ts";
import { carryOut, documentsOf, type Outcome, type Progress, told } from "./syncing.ts";
import { note, oneLine, onInterrupt, out, outJson } from "./terminal.ts";
import { fieldsOf } from "./uploading.ts";

const IGNORE_FILE = ".edgeloreignore";
/** More deletions than these, and than a tenth of the documents, are not made without a yes. */
const DELETIONS_UNASKED_MAX = 10;

export const sync = command({
  name: "sync",
  about: "Make the documents of a folder what is in it now",
  operands: "DIR",
  options: {
    ...connectionOptions,
    name: { type: "string", value: "NAME", about: "What the folder is known as; its own name without" },
    "dry-run": { type: "boolean", about: "Tell what would be done, and do nothing" },
    delete: { type: "boolean", about: "Delete the documents whose files are gone" },
    yes: { type: "boolean", about: "Delete many without a question" },
    include: {
      type: "string",
      multiple: true,
      value: "GLOB",
      about: "Only what is like this; may be given again",
    },
    exclude: { type: "string", multiple: true, value: "GLOB", about: "Nothing like this; may be given again" },
    product: { type: "string", value: "ID", about: "The product that new documents describe" },
    type: { type: "string", value: "TYPE", about: `Of new documents: ${DOCUMENT_TYPES.join(", ")}` },
    language: { type: "string", value: "xx", about: "Of new documents: ISO 639, such as en; detected without" },
    concurrency: { type: "string", value: "N", default: "4", about: "Uploads at a time (4)" },
    json: { type: "boolean", about: "Print the plan and what became of it as JSON" },
  },
  details: `New files are uploaded (+), changed ones replaced (~) and renamed ones renamed (=>), each document keeping its id;
with --delete, documents are deleted (-) whose files are gone. The plan is shown before anything is done.
A document says in its metadata that it belongs to the folder of this name; no other document is touched.
A file whose document failed is skipped, with the reason, until the file changes.
What ${IGNORE_FILE} in the folder or --exclude leaves out stays as it is, here and there. Both take patterns
as a .gitignore does: *.tmp, drafts/, /notes/**/old.md, and !keep.tmp, which takes back.
Stopped in the middle, start it again: what is done is not done twice.`,
  async run(operands, { product, type, language, concurrency, include = [], exclude = [], json = false, ...given }) {
    const fields = fieldsOf({ product, type, language });
    const folder = await folderAt(operands);
    const name = (given.name ?? basename(resolve(operands[0]!))).trim();
    if (!name) throw new UsageError("The folder has no name of its own. Give --name NAME.");
    const isTaken = filterOf([...(await ignoredIn(folder)), ...exclude], include);
    const target = { folder, name, fields, concurrency: wholeNumber("concurrency", concurrency, 1, 32) };
    return syncFolder(target, isTaken, { ...given, json });
  },
});

type Target = Omit<Parameters<typeof carryOut>[2], "onProgress">;
type Given = Parameters<typeof connect>[0] & { "dry-run"?: boolean; delete?: boolean; yes?: boolean; json: boolean };
type Bar = ReturnType<typeof progressBar>;

async function syncFolder(target: Target, isTaken: ReturnType<typeof filterOf>, given: Given): Promise<number> {
  let bar: Bar | undefined;
  const { client } = connect(given, (pause) => (bar ? bar.line(pauseLine(pause), note) : note(pauseLine(pause))));
  const { files, skipped, unreadable, held } = await readFolder(target.folder, isTaken);
  const isOfFolder = (path: string) =>
    isTaken(path, false) && !held.some((one) => path === one || path.startsWith(`${one}/`));
  const { documents, others } = await documentsOf(client, target.name, isOfFolder);
  const plan = planOf(files, documents, { others, deletesGone: given.delete ?? false });
  const print = given.json ? note : (line: string) => out(`${line}\n`);

  plan.skipped.unshift(...skipped);
  for (const { path, reason } of plan.skipped) note(wordLine("skipped", path, `: ${oneLine(reason)}`));
  for (const { path, reason } of unreadable) note(wordLine("failed", path, `: ${reason}`));
  print(`${oneLine(target.name)}: ${countsOf(plan)}`);
  for (const step of plan.steps) print(planLine(step));

  const lost = unreadable.map(({ path, reason }) => ({ path, status: "failed", failureReason: reason }));
  const tell = (outcomes: object[]) => {
    const gone = plan.gone.map(({ id, path }) => ({ path, documentId: id }));
    const { unchanged, skipped } = plan;
    if (given.json) outJson({ name: target.name, unchanged, skipped, gone, files: [...lost, ...outcomes] });
  };
  if (given["dry-run"]) {
    tell(plan.steps.map((step) => ({ ...told(step), status: "planned" })));
    return EXIT.ok;
  }
  if (!given.yes && !(await mayDelete(plan, documents.length))) return EXIT.failed;

  const shown = progressBar(plan.steps.length);
  bar = shown;
  onInterrupt(() => shown.end(), "what is done is not done twice.");
  const onProgress = (progress: Progress) => show(progress, shown, print);
  const { outcomes, stoppedBy } = await carryOut(client, plan.steps, { ...target, onProgress });
  shown.end();
  if (stoppedBy) note(explain(stoppedBy));
  tell(outcomes);
  if (outcomes.length > 0) print(summaryOf(outcomes));
  const isWell = ({ status }: Outcome) => status !== "failed" && status !== "stopped";
  return lost.length === 0 && outcomes.every(isWell) ? EXIT.ok : EXIT.failed;
}

async function folderAt(operands: string[]): Promise<string> {
  const [path] = operands;
  if (path === undefined || operands.length > 1) throw new UsageError("Which folder? It takes one.");
  const folder = await realpath(path).catch(() => undefined);
  if (folder === undefined) throw new UsageError(`There is no ${path}.`);
  if (!(await stat(folder)).isDirectory()) throw new UsageError(`${path} is no folder; edgelore upload takes files.`);
  return folder;
}

async function ignoredIn(folder: string): Promise<string[]> {
  try {
    return [`/${IGNORE_FILE}`, ...(await readFile(join(folder, IGNORE_FILE), "utf8")).split("\n")];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

const SIGNS = { upload: "+", replace: "~", rename: "=>", delete: "-" } as const;

const planLine = (step: Step) =>
  `${SIGNS[step.action].padEnd(2)} ${oneLine(step.path)}${step.action === "rename" ? ` (was ${oneLine(step.document.path)})` : ""}`;

function countsOf({ steps, unchanged, gone, skipped }: Plan): string {
  const count = (action: Step["action"]) => steps.filter((step) => step.action === action).length;
  const isLeft = gone.length > 0 && count("delete") === 0;
  const told = [
    [count("upload"), "new"],
    [count("replace"), "changed"],
    [count("rename"), "renamed"],
    [gone.length, isLeft ? "gone (--delete deletes them)" : "to be deleted"],
    [unchanged, "unchanged"],
    [skipped.length, "skipped"],
  ] as const;
  const counts = told.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return counts.join(", ") || "no files";
}

async function mayDelete({ steps }: Plan, documents: number): Promise<boolean> {
  const deletions = steps.filter(({ action }) => action === "delete").length;
  if (deletions <= Math.max(DELETIONS_UNASKED_MAX, documents / 10)) return true;
  const what = `${deletions} of ${documents} documents of this folder would be deleted.`;
  if (process.stdin.isTTY && process.stderr.isTTY) {
    process.stderr.write(`${what} Go on? [y/N] `);
    for await (const line of createInterface({ input: process.stdin })) {
      if (/^y(es)?$/i.test(line.trim())) return true;
      break;
    }
    note("Nothing was changed.");
  } else note(`${what} Nothing was changed. If that is right, give --yes.`);
  return false;
}

const wordLine = (word: string, path: string, rest = "") => `${word.padEnd(14)} ${oneLine(path)}${rest}`;

/** Without a bar, a line for each step; with it, only what the bar cannot say. */
function show(progress: Progress, bar: Bar, print: (line: string) => void) {
  const { step } = progress;
  const key = `${step.path}\n${"document" in step ? step.document.id : ""}`;
  if ("state" in progress) {
    bar.set(key, progress.state);
    if (!bar.isShown) bar.line(wordLine(progress.state, step.path), print);
    return;
  }
  const { status, failureReason, chunkCount } = progress.outcome;
  if (status === "stopped") return;
  bar.set(key, status === "renamed" || status === "deleted" ? "completed" : status);
  if (status === "failed") bar.line(wordLine(status, step.path, `: ${oneLine(failureReason ?? "")}`), note);
  else if (!bar.isShown)
    bar.line(wordLine(status, step.path, chunkCount === undefined ? "" : ` (${chunkCount} chunks)`), print);
}

function summaryOf(outcomes: Outcome[]): string {
  const counts = Map.groupBy(outcomes, ({ status }) => status);
  return [...counts].map(([word, { length }]) => `${length} ${word}`).join(", ");
}
