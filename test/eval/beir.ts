import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export type BeirDocument = { id: string; title: string; text: string; conversation?: string };
export type BeirTurn = { role: "user" | "assistant"; content: string };
/** `history`: what was said before it in its conversation; `rewrite`: how people said it for one who has not heard that. */
export type BeirQuery = { id: string; text: string; conversation?: string; history?: BeirTurn[]; rewrite?: string };
/** Query → document → grade above 0. Queries without one are not here. */
export type Judgments = Map<string, Map<string, number>>;
export type BeirSet = {
  documents: BeirDocument[];
  /** Those that have a judgment, in the file's order. */
  queries: BeirQuery[];
  judgments: Judgments;
  /** What the files say that cannot be counted, in words. */
  warnings: string[];
};
export type BeirFiles = { corpus: string; queries: string; qrels: string };

export const BEIR_FILES: BeirFiles = { corpus: "corpus.jsonl", queries: "queries.jsonl", qrels: "qrels.tsv" };

/** What the person who runs it has to put right. */
export class DataError extends Error {}

/** A retrieval set in the layout of BEIR. Throws a DataError that names file and line. */
export async function readBeir(directory: string, files: BeirFiles = BEIR_FILES): Promise<BeirSet> {
  if (!existsSync(directory)) throw new DataError(`${directory}: there is no such folder.`);
  const documents = await readEntries(join(directory, files.corpus));
  if (documents.length === 0) throw new DataError(`${join(directory, files.corpus)}: holds no document.`);
  const asked = await readEntries(join(directory, files.queries));
  const judgments = await readJudgments(join(directory, files.qrels));
  const queries = asked.filter(({ id, text }) => judgments.has(id) && text.trim() !== "");
  if (queries.length === 0)
    throw new DataError(`${join(directory, files.qrels)}: no query of ${files.queries} has a judgment above 0.`);
  return { documents, queries, judgments, warnings: warningsOf({ documents, asked, judgments }) };
}

async function readEntries(path: string): Promise<(BeirDocument & BeirQuery)[]> {
  const entries = new Map<string, BeirDocument & BeirQuery>();
  for await (const { line, at } of linesOf(path)) {
    const entry = parseEntry(line, at);
    if (entries.has(entry.id)) throw new DataError(`${at}: the _id ${JSON.stringify(entry.id)} was there before.`);
    entries.set(entry.id, entry);
  }
  return [...entries.values()];
}

function parseEntry(line: string, at: string): BeirDocument & BeirQuery {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new DataError(`${at}: is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new DataError(`${at}: is not a JSON object.`);
  const { _id, title, text, metadata } = value as Record<string, unknown>;
  if (typeof _id !== "string" && typeof _id !== "number") throw new DataError(`${at}: has no _id.`);
  for (const [name, field] of Object.entries({ title, text }))
    if (field !== undefined && field !== null && typeof field !== "string")
      throw new DataError(`${at}: its ${name} is not a string.`);
  const { conversation, history, rewrite } = (metadata ?? {}) as Record<string, unknown>;
  return {
    id: String(_id),
    title: (title as string | null | undefined) ?? "",
    text: (text as string | null | undefined) ?? "",
    ...(typeof conversation === "string" && { conversation }),
    ...(typeof rewrite === "string" && { rewrite }),
    ...(Array.isArray(history) && { history: history.filter(isTurn) }),
  };
}

const isTurn = (turn: unknown): turn is BeirTurn => {
  const { role, content } = (turn ?? {}) as Record<string, unknown>;
  return (role === "user" || role === "assistant") && typeof content === "string";
};

const HEADER = /^query-id\tcorpus-id\tscore$/i;

async function readJudgments(path: string): Promise<Judgments> {
  const judgments: Judgments = new Map();
  for await (const { line, at } of linesOf(path)) {
    if (HEADER.test(line)) continue;
    const fields = line.split("\t");
    // TREC's qrels hold an unused second column.
    const [query, document, score] = fields.length === 4 ? [fields[0], fields[2], fields[3]] : fields;
    const grade = Number(score);
    if (
      query === undefined ||
      document === undefined ||
      score === undefined ||
      score.trim() === "" ||
      Number.isNaN(grade)
    )
      throw new DataError(`${at}: is not "query-id, corpus-id, score" with tabs between.`);
    if (grade <= 0) continue;
    const grades = judgments.get(query) ?? new Map<string, number>();
    judgments.set(query, grades.set(document, grade));
  }
  return judgments;
}

async function* linesOf(path: string): AsyncGenerator<{ line: string; at: string }> {
  if (!existsSync(path)) throw new DataError(`${path}: there is no such file.`);
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number++;
    const text = number === 1 ? line.replace(/^\uFEFF/, "") : line;
    if (text.trim() !== "") yield { line: text, at: `${path}, line ${number}` };
  }
}

function warningsOf({
  documents,
  asked,
  judgments,
}: {
  documents: BeirDocument[];
  asked: BeirQuery[];
  judgments: Judgments;
}) {
  const known = new Set(documents.map(({ id }) => id));
  const askedIds = new Set(asked.map(({ id }) => id));
  const strangers = [...judgments.keys()].filter((id) => !askedIds.has(id)).length;
  const unjudged = asked.filter(({ id }) => !judgments.has(id)).length;
  const missing = [...judgments.values()].flatMap((grades) => [...grades.keys()]).filter((id) => !known.has(id)).length;
  return [
    ...(strangers > 0 ? [`${strangers} judged queries are not among the queries; they are not counted.`] : []),
    ...(unjudged > 0 ? [`${unjudged} queries have no judgment; they are not counted.`] : []),
    ...(missing > 0
      ? [`${missing} judgments name a document that is not in the corpus; it counts as never found.`]
      : []),
  ];
}
