#!/usr/bin/env node
import manifest from "../package.json" with { type: "json" };
import { ask } from "./cli/ask.ts";
import { EXIT, parse, UsageError } from "./cli/command.ts";
import { evaluate } from "./cli/eval.ts";
import { explain } from "./cli/explain.ts";
import { manual, overview, shortUsage } from "./cli/help.ts";
import { search } from "./cli/search.ts";
import { sync } from "./cli/sync.ts";
import { note, out } from "./cli/terminal.ts";
import { upload } from "./cli/upload.ts";

const commands = [upload, sync, ask, search, evaluate];

async function main([name, ...args]: string[]): Promise<number> {
  if (name === "--version") return tell(`${manifest.version}\n`);
  if (name === "--help" || name === "-h" || name === "help") return tell(overview(commands));
  const command = commands.find((one) => one.name === name);
  try {
    if (!command) throw new UsageError(name === undefined ? "Which command?" : `There is no command ${name}.`);
    const { operands, values } = parse(command, args);
    return values.help ? tell(manual(command)) : await command.run(operands, values);
  } catch (error) {
    note(explain(error));
    if (!(error instanceof UsageError)) return EXIT.failed;
    note(shortUsage(commands, command));
    return EXIT.usage;
  }
}

function tell(text: string): number {
  out(text);
  return EXIT.ok;
}

// The reader of a pipe has left (`| head`): nobody is there to be told.
process.stdout.on("error", () => process.exit(EXIT.ok));
process.exitCode = await main(process.argv.slice(2));
