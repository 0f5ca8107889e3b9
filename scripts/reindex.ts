import { setTimeout as sleep } from "node:timers/promises";
import { command, EXIT, parse, UsageError } from "./cli/command.ts";
import { connect, connectionOptions } from "./cli/connection.ts";
import { explain } from "./cli/explain.ts";
import { manual } from "./cli/help.ts";
import { note, oneLine, out, outJson } from "./cli/terminal.ts";
import type { Client } from "./client/client.ts";

type Check = {
  id: string;
  corpus: string;
  entries: number;
  missing: number;
  orphaned: number;
  outdated: number;
  withoutVector: number;
  statisticsDiffer: boolean;
  repaired: number;
  remaining: number | null;
  completedAt: string | null;
};
type Checks = { items: Check[]; running: boolean };

const POLL_MS = 500;
const PAGE = 100;

const reindex = command({
  name: "reindex",
  about: "Check the search against the texts that it is derived from, and repair it",
  operands: "",
  options: { ...connectionOptions, json: { type: "boolean", about: "Print what was found and repaired as JSON" } },
  details:
    "The key needs the scopes organization:read and documents:write. Exit code 1: something could not be repaired.",
  async run(operands, { json, ...given }) {
    if (operands.length > 0) throw new UsageError("It takes no operands.");
    const checks = await checked(connect(given).client);
    if (json) outJson({ checks });
    else out(checks.map((check) => `${lineOf(check)}\n`).join(""));
    if (checks.length === 0) note("The check was given up; GET /v1/failed-jobs says why.");
    return checks.length > 0 && checks.every(isSound) ? EXIT.ok : EXIT.failed;
  },
});

/** What the check that runs now says of each corpus, once it has ended. */
async function checked(client: Client): Promise<Check[]> {
  const read = () => client.request<Checks>("GET", `/v1/index-checks?limit=${PAGE}`);
  const before = await read();
  // One that is running is joined: then its rows are there already.
  const known = new Set(
    before.items.filter(({ completedAt }) => completedAt !== null || !before.running).map(({ id }) => id),
  );
  await client.request("POST", "/v1/index-checks");
  let told = "";
  for (;;) {
    const { items, running } = await read();
    const checks = items.filter(({ id }) => !known.has(id));
    if (!running) return newest(checks);
    const progress = checks.map(progressOf).join("; ") || "waiting";
    if (progress !== told) note(progress);
    told = progress;
    await sleep(POLL_MS);
  }
}

/** One of each corpus. */
const newest = (checks: readonly Check[]) =>
  [...Map.groupBy(checks, ({ corpus }) => corpus).values()].map(([first]) => first!);

const isSound = ({ completedAt, remaining }: Check) => completedAt !== null && remaining === 0;

function progressOf({ corpus, repaired, missing, orphaned, outdated, withoutVector, statisticsDiffer }: Check): string {
  const wrong = missing + orphaned + outdated + withoutVector + Number(statisticsDiffer);
  return `${oneLine(corpus)}: ${repaired} of ${wrong} repaired`;
}

function lineOf(check: Check): string {
  const {
    corpus,
    entries,
    missing,
    orphaned,
    outdated,
    withoutVector,
    statisticsDiffer,
    repaired,
    remaining,
    completedAt,
  } = check;
  const found = Object.entries({ missing, orphaned, outdated, "without vector": withoutVector })
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`);
  if (statisticsDiffer) found.push("statistics differed");
  const result = found.length === 0 ? "in order" : `${found.join(", ")}; ${repaired} repaired`;
  const left = completedAt === null ? "; given up" : remaining ? `; ${remaining} left` : "";
  return `${oneLine(corpus).padEnd(16)} ${entries} entries: ${result}${left}`;
}

async function main(args: string[]): Promise<number> {
  try {
    const { operands, values } = parse(reindex, args);
    if (!values.help) return await reindex.run(operands, values);
    out(manual(reindex).replace("edgelore reindex ", "npm run reindex --"));
    return EXIT.ok;
  } catch (error) {
    note(explain(error));
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

process.exitCode = await main(process.argv.slice(2));
