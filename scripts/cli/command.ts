import { type ParseArgsConfig, parseArgs } from "node:util";

export type Option = {
  type: "string" | "boolean";
  default?: string | boolean;
  /** What stands for the value in the help. */
  value?: string;
  about: string;
};
type Options = Record<string, Option>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>["values"];

export type Command = {
  name: string;
  about: string;
  /** What stands after the name: `PATH…`. */
  operands: string;
  options: Options;
  details?: string;
  run: (operands: string[], values: Record<string, unknown>) => Promise<number>;
};

/** Its options are data: the parser, the types and the help come from the one description. */
export const command = <const O extends Options>(
  spec: Omit<Command, "options" | "run"> & {
    options: O;
    /** Resolves to the exit code. */
    run: (operands: string[], values: Values<O>) => Promise<number>;
  },
): Command => spec as unknown as Command;

/** The caller's mistake: a line and the short usage, exit 2. */
export class UsageError extends Error {}

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

export function parse({ options }: Pick<Command, "options">, args: string[]) {
  const help = { type: "boolean", short: "h" } as const;
  const config: ParseArgsConfig = { args, options: { ...options, help }, allowPositionals: true, allowNegative: true };
  try {
    const { positionals, values } = parseArgs(config);
    return { operands: positionals, values: values as Record<string, unknown> };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split(". ")[0] : String(error));
  }
}

export function wholeNumber(flag: string, value: string, min: number, max: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) throw new UsageError(`--${flag} is a whole number from ${min} to ${max}.`);
  return number;
}

export function oneOf<T extends string>(flag: string, value: string, words: readonly T[]): T {
  const word = words.find((one) => one === value);
  if (!word) throw new UsageError(`--${flag} is one of ${words.join(", ")}.`);
  return word;
}

/** The one text that a command takes, quoted or not. */
export function theText(what: string, operands: string[], charsMax: number): string {
  const text = operands.join(" ").trim();
  if (!text) throw new UsageError(`The ${what} is missing.`);
  if (text.length > charsMax) throw new UsageError(`The ${what} has more than ${charsMax} characters.`);
  return text;
}
