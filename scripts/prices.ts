import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { connect } from "../db/client.ts";
import { type ListedPrice, savePrices, type Verdict } from "../db/queries/usage/model-price.ts";

type Options = {
  /** Connection string of the owner: prices belong to no organization. */
  url: string;
  endpoint?: string;
  /** The list, and what it is called where it has a mistake and where its rows say their source. */
  text: string;
  name: string;
};

const HELP = `DATABASE_OWNER_URL=… npm run prices -- --file FILE

FILE is a list of prices, as CSV (a line of names first) or as a JSON array of objects, with these fields:
  model               as calls name it, such as anthropic.claude-haiku-4-5-20251001-v1:0
  validFrom           an ISO date or instant; without it, from now on
  input, output, cacheRead, cacheWrite
                      USD for a million tokens
  call                USD for a call, where a model is billed by calls
  source              where the price was read; by default the file's name
What is left out costs nothing, but one price is needed. Or FILE is https://models.dev/api.json as it is: then Amazon Bedrock's
models get its prices from now on. A price that has held is never changed.`;

const TIMEOUT_MS = 60_000;
const PRICES = {
  input: "inputMicroUsd",
  output: "outputMicroUsd",
  cacheRead: "cacheReadMicroUsd",
  cacheWrite: "cacheWriteMicroUsd",
  call: "callMicroUsd",
} as const;
type PriceField = keyof typeof PRICES;
const PRICE_FIELDS = Object.keys(PRICES) as PriceField[];
const FIELDS = ["model", "validFrom", "source", ...PRICE_FIELDS];
const USD_MAX = 1_000_000;

/** Something in the list is wrong: which line or item, and what. */
export class PriceListError extends Error {}

/** Writes what is new of a price list, or nothing if anything in it is refused. */
export async function updatePrices({ url, endpoint, text, name }: Options): Promise<Verdict[]> {
  const prices = readPrices(text, name);
  const verdicts = await savePrices(connect(url, { endpoint, timeoutMs: TIMEOUT_MS }), prices);
  const past = verdicts.filter(({ verdict }) => verdict === "past");
  if (past.length > 0)
    throw new PriceListError(
      past
        .map(({ place, model }) => `${place}: ${model} had another price then; leave validFrom out for one from now on`)
        .join("\n"),
    );
  return verdicts;
}

type Item = { place: string; fields: Record<string, unknown> };

export function readPrices(text: string, name: string): ListedPrice[] {
  const prices = readItems(text.replace(/^\uFEFF/, ""), name).map((item) => readPrice(item, name));
  const seen = new Map<string, string>();
  for (const { place, model, validFrom } of prices) {
    const key = `${validFrom} ${model}`;
    if (seen.has(key)) throw new PriceListError(`${place}: ${model} has a price at ${seen.get(key)} already`);
    seen.set(key, place);
  }
  return prices;
}

function readItems(text: string, name: string): Item[] {
  if (!/^\s*[[{]/.test(text)) return readCsv(text, name);
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new PriceListError(`${name} is not JSON: ${(error as Error).message}`);
  }
  if (isObject(list)) return readModelsDev(list, name);
  return (list as unknown[]).map((fields, index) => {
    const place = `${name}, item ${index + 1}`;
    if (!isObject(fields)) throw new PriceListError(`${place}: is not an object`);
    return { place, fields };
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const BEDROCK = "amazon-bedrock";

/** Its other fields are its own matter; models without a price are left out. */
function readModelsDev(list: Record<string, unknown>, name: string): Item[] {
  const provider = list[BEDROCK];
  const models = isObject(provider) ? provider.models : undefined;
  if (!isObject(models))
    throw new PriceListError(`${name}: is neither a list nor models.dev's, with ${BEDROCK}.models`);
  return Object.entries(models).flatMap(([model, described]) => {
    const cost = isObject(described) ? described.cost : undefined;
    if (!isObject(cost)) return [];
    const { input, output, cache_read: cacheRead, cache_write: cacheWrite } = cost;
    const given = Object.entries({ input, output, cacheRead, cacheWrite }).filter(([, price]) => price !== undefined);
    return { place: `${name}, ${model}`, fields: { model, source: "models.dev", ...Object.fromEntries(given) } };
  });
}

function readCsv(text: string, name: string): Item[] {
  const [head = "", ...lines] = text.split(/\r?\n/);
  const names = cellsOf(head, `${name}, line 1`);
  mustBeFields(names, `${name}, line 1`);
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const place = `${name}, line ${index + 2}`;
    const cells = cellsOf(line, place);
    if (cells.length !== names.length)
      throw new PriceListError(`${place}: has ${cells.length} cells, and line 1 has ${names.length}`);
    const given = names.flatMap((field, at) =>
      cells[at] === "" ? [] : [[field, readCell(field, cells[at]!)] as const],
    );
    return { place, fields: Object.fromEntries(given) };
  });
}

/** A number where one belongs; anything else stays text, to be refused. */
const readCell = (field: string, cell: string) =>
  field in PRICES && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell;

function cellsOf(line: string, place: string): string[] {
  const cells = [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g)];
  if (cells.map(([whole]) => whole).join("") !== `,${line}`)
    throw new PriceListError(`${place}: has a quote at a wrong place`);
  return cells.map(([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain ?? "").trim());
}

function readPrice({ place, fields }: Item, name: string): ListedPrice {
  const refuse = (why: string): never => {
    throw new PriceListError(`${place}: ${why}`);
  };
  mustBeFields(Object.keys(fields), place);
  const { model, validFrom = null, source = name } = fields;
  if (typeof model !== "string" || !/^[\x21-\x7e]{1,200}$/.test(model))
    return refuse("model is missing, or no name of a model");
  if (typeof source !== "string") return refuse("source is no text");
  if (validFrom !== null && (typeof validFrom !== "string" || !isInstant(validFrom)))
    return refuse(`validFrom, ${validFrom}, is no date, and no instant with its zone`);
  if (!PRICE_FIELDS.some((field) => field in fields)) refuse(`one of ${PRICE_FIELDS.join(", ")} is needed`);
  const micros = (field: PriceField) => {
    const usd = field in fields ? fields[field] : 0;
    if (typeof usd !== "number" || !(usd >= 0 && usd <= USD_MAX))
      return refuse(`${field}, ${usd}, is no number from 0 to ${USD_MAX}`);
    const micro = Math.round(usd * 1e6);
    return Math.abs(usd * 1e6 - micro) < 1e-3
      ? micro
      : refuse(`${field}, ${usd}, is finer than a millionth of a dollar`);
  };
  return {
    place,
    model,
    validFrom: validFrom && new Date(validFrom).toISOString(),
    source: source.slice(0, 200),
    inputMicroUsd: micros("input"),
    outputMicroUsd: micros("output"),
    cacheReadMicroUsd: micros("cacheRead"),
    cacheWriteMicroUsd: micros("cacheWrite"),
    callMicroUsd: micros("call"),
  };
}

function mustBeFields(names: readonly string[], place: string): void {
  const unknown = names.find((field) => !FIELDS.includes(field));
  if (unknown !== undefined)
    throw new PriceListError(
      `${place}: ${unknown || "a cell without a name"} is no field; there are ${FIELDS.join(", ")}`,
    );
}

/** `2026-02-30` would be read as another day. */
function isInstant(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return false;
  const day = new Date(text.slice(0, 10));
  return !Number.isNaN(Date.parse(text)) && day.toISOString().startsWith(text.slice(0, 10));
}

function readList(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new PriceListError((error as Error).message);
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { file: { type: "string" } } });
  const { DATABASE_OWNER_URL: url, DATABASE_ENDPOINT: endpoint } = process.env;
  if (!url || !values.file) {
    console.error(HELP);
    return 2;
  }
  try {
    const name = values.file.split("/").at(-1)!;
    const verdicts = await updatePrices({ url, endpoint, text: readList(values.file), name });
    const added = verdicts.filter(({ verdict }) => verdict === "new");
    for (const { model } of added) console.log(`new: ${model}`);
    console.log(`${added.length} new, ${verdicts.length - added.length} unchanged.`);
    return 0;
  } catch (error) {
    if (!(error instanceof PriceListError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main();
