import { UsageError } from "./command.ts";

/** Whether a path, relative and with slashes, is taken; what lies below a folder that is not taken is not taken either. */
export type Filter = (path: string, isFolder: boolean) => boolean;

/** What is ignored is left out, and with `include` all that is not like one of these. */
export function filterOf(ignore: readonly string[], include: readonly string[]): Filter {
  const [isIgnored, isIncluded] = [matcherOf(ignore), matcherOf(include)];
  return (path, isFolder) =>
    !isIgnored(path, isFolder) && (isFolder || include.length === 0 || isIncluded(path, isFolder));
}

/** Of a sequence: one part that is like this, or any number of parts. */
type Token = "many" | ((part: string) => boolean);
type Rule = { names: Token[]; isNegated: boolean; isOfFolders: boolean };

/**
 * Patterns as in a .gitignore: a name matches at any depth, a pattern with a slash from the top; a slash at the end matches
 * folders only; the last that matches decides, and `!` takes back, but nothing below a folder that matches.
 */
export function matcherOf(lines: readonly string[]): Filter {
  const rules = lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(ruleOf);
  const matches = (path: string[], isFolder: boolean) => {
    const rule = rules.findLast(({ names, isOfFolders }) => (isFolder || !isOfFolders) && fits(path, names));
    return rule !== undefined && !rule.isNegated;
  };
  return (path, isFolder) => {
    const names = path.split("/");
    return names.some((_, index) => matches(names.slice(0, index + 1), isFolder || index < names.length - 1));
  };
}

function ruleOf(line: string): Rule {
  const isNegated = line.startsWith("!");
  const glob = line.slice(isNegated ? 1 : 0).replace(/^\\(?=[#!])/, "");
  const body = glob.replace(/\/+$/, "");
  const names = body.replace(/^\//, "").split("/");
  const tokens = names.flatMap((name, index): Token[] => {
    if (name !== "**") return [nameToken(name, line)];
    return index < names.length - 1 ? ["many"] : [() => true, "many"]; // what is in a folder, not the folder
  });
  return { names: body.includes("/") ? tokens : ["many", ...tokens], isNegated, isOfFolders: glob !== body };
}

function nameToken(glob: string, line: string): Token {
  const characters = [...glob.matchAll(/\*+|\[!?[^\]]+\]|./gsu)].map(([symbol]) => characterToken(symbol, line));
  return (name) => fits([...name], characters);
}

function characterToken(symbol: string, line: string): Token {
  if (symbol.startsWith("*")) return "many";
  if (symbol === "?") return () => true;
  if (symbol.length < 3) return (character) => character === symbol;
  try {
    const oneOf = new RegExp(symbol.replace(/^\[!(?!\])/, "[^").replace(/\\/g, "\\\\"), "u");
    return (character) => oneOf.test(character);
  } catch {
    throw new UsageError(`${line} is no pattern.`);
  }
}

/** In at most parts × tokens steps: when a part does not fit, only the last `many` can have to take more. */
function fits(parts: readonly string[], tokens: readonly Token[]): boolean {
  let [part, token, many, taken] = [0, 0, -1, 0];
  while (part < parts.length) {
    const wanted = tokens[token];
    if (wanted === "many") {
      many = token++;
      taken = part;
    } else if (wanted?.(parts[part]!)) {
      part++;
      token++;
    } else if (many >= 0) {
      part = ++taken;
      token = many + 1;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === "many");
}
