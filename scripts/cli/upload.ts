import { DOCUMENT_TYPES } from "../../db/words.ts";
import { command, EXIT, UsageError, wholeNumber } from "./command.ts";
import { connect, connectionOptions, pauseLine } from "./connection.ts";
import { explain } from "./explain.ts";
import { type Listing, listFiles } from "./files.ts";
import { progressBar } from "./progress.ts";
import { note, oneLine, onInterrupt, out, outJson } from "./terminal.ts";
import { fieldsOf, type Outcome, type Step, uploadFiles } from "./uploading.ts";

export const upload = command({
  name: "upload",
  about: "Upload files and folders, and wait until they can be asked about",
  operands: "PATH…",
  options: {
    ...connectionOptions,
    product: { type: "string", value: "ID", about: "The product that they describe" },
    type: { type: "string", value: "TYPE", about: DOCUMENT_TYPES.join(", ") },
    language: { type: "string", value: "xx", about: "ISO 639, such as en, th or ja; detected without" },
    concurrency: { type: "string", value: "N", default: "4", about: "Uploads at a time (4)" },
    wait: { type: "boolean", default: true, about: "Do not wait until they are processed" },
    json: { type: "boolean", about: "Print what became of each file as JSON" },
  },
  details: `Folders are taken with all that is in them but hidden files, node_modules and links that lead out.
Stopped in the middle, start it again: what is there already is not stored twice.`,
  async run(paths, { product, type, language, concurrency, wait, json, ...given }) {
    if (paths.length === 0) throw new UsageError("Which files or folders?");
    const fields = fieldsOf({ product, type, language });
    const options = { fields, concurrency: wholeNumber("concurrency", concurrency, 1, 32), wait };
    const listing = await listFiles(paths);
    if (listing.files.length + listing.unreadable.length === 0) throw new UsageError("There is no file to upload.");
    return uploadListing(listing, given, options, json);
  },
});

async function uploadListing(
  { files, skipped, unreadable }: Listing,
  given: Parameters<typeof connect>[0],
  options: Omit<Parameters<typeof uploadFiles>[2], "onStep">,
  json = false,
): Promise<number> {
  const { client } = connect(given, (pause) => bar.line(pauseLine(pause), note));
  for (const { path, reason } of skipped) note(`${"skipped".padEnd(14)} ${oneLine(path)}: ${reason}`);
  const bar = progressBar(files.length + unreadable.length);
  const onStep = (step: Step) => show(step, bar, json ? note : (line) => out(`${line}\n`));
  onInterrupt(() => bar.end(), "what is there already is not stored twice.");

  const lost = unreadable.map(({ path, reason }): Outcome => ({ path, status: "failed", failureReason: reason }));
  for (const outcome of lost) onStep({ path: outcome.path, outcome });
  const { outcomes, stoppedBy } = await uploadFiles(client, files, { ...options, onStep });
  bar.end();

  const all = [...lost, ...outcomes];
  if (stoppedBy) note(explain(stoppedBy));
  if (json) outJson({ files: all });
  else out(`${summaryOf(all)}\n`);
  return all.every(({ status }) => status === "completed" || status === "uploaded") ? EXIT.ok : EXIT.failed;
}

type Bar = ReturnType<typeof progressBar>;

/** Without a bar, a line for each step; with it, only what the bar cannot say. */
function show(step: Step, bar: Bar, print: (line: string) => void) {
  const path = oneLine(step.path);
  const line = (word: string, rest = "") => `${word.padEnd(14)} ${path}${rest}`;
  if ("state" in step) {
    bar.set(step.path, step.state);
    if (!bar.isShown) bar.line(line(step.state), print);
    return;
  }
  const { status, wasThere, failureReason, chunkCount } = step.outcome;
  if (status === "stopped") return;
  const state = wasThere && status !== "failed" ? "already there" : status;
  bar.set(step.path, state);
  if (status === "failed") bar.line(line(status, `: ${oneLine(failureReason ?? "")}`), note);
  else if (!bar.isShown && state !== "uploaded")
    bar.line(line(state, chunkCount === undefined ? "" : ` (${chunkCount} chunks)`), print);
}

function summaryOf(outcomes: Outcome[]): string {
  const words = outcomes.map(({ status, wasThere }) => (wasThere && status !== "failed" ? "already there" : status));
  const counts = Map.groupBy(words, (word) => word);
  return [...counts].map(([word, { length }]) => `${length} ${word}`).join(", ");
}
