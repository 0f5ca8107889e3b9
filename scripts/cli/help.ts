import type { Command, Option } from "./command.ts";

const usageOf = ({ name, operands }: Command) => `edgelore ${name} ${operands}`;

function table(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

const flagOf = (name: string, { type, value, default: preset }: Option) =>
  type === "string" ? `--${name} ${value}` : preset === true ? `--no-${name}` : `--${name}`;

export const overview = (commands: readonly Command[]) => `Every answer with its source.

Usage: edgelore COMMAND …

${table(commands.map((one) => [`${one.name} ${one.operands}`, one.about]))}

${table([
  ["COMMAND --help", "What a command takes"],
  ["--version", "The version"],
])}

The address and key of the API come from --url and --key, from EDGELORE_URL and EDGELORE_API_KEY,
or from .local/dev.json, which \`npm run dev\` writes into the project's folder.
Exit codes: 0 all went well, 1 something failed, 2 the command was not understood.
`;

export const manual = (command: Command) => `${command.about}

Usage: ${usageOf(command)} [options]

${table(Object.entries(command.options).map(([name, option]) => [flagOf(name, option), option.about]))}
${command.details ? `\n${command.details}\n` : ""}`;

export const shortUsage = (commands: readonly Command[], command?: Command) =>
  command
    ? `Usage: ${usageOf(command)} [options]; see edgelore ${command.name} --help`
    : `Usage: edgelore ${commands.map(({ name }) => name).join("|")} …; see edgelore --help`;
