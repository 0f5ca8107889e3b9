import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export type Text = { id: string; title: string; text: string };
export type Question = { id: string; text: string; judged: ReadonlyMap<string, number> };
export type Collection = { name: string; texts: Text[]; questions: Question[] };

type Line = { _id: string; title?: string; text: string };

const TITLE_CHARS_MAX = 255;
/** An upload must have a title; this one holds no word. */
const NO_TITLE = "-";

/** A directory in BEIR's layout. Ids begin with its name, so that several collections can stand in one index. */
export function readCollection(directory: string): Collection {
  const name = basename(directory);
  const judgements = readJudgements(directory);
  const full = readLines(join(directory, "corpus.jsonl")).filter(({ text }) => text.trim() !== "");
  const texts = full.map(({ _id, title, text }) => ({ id: `${name}/${_id}`, title: titleOf(title), text }));
  const questions = readLines(join(directory, "queries.jsonl")).map(({ _id, text }) => ({
    id: `${name}/${_id}`,
    text,
    judged: new Map([...(judgements.get(_id) ?? [])].map(([id, score]) => [`${name}/${id}`, score])),
  }));
  return { name, texts, questions: questions.filter(({ judged }) => [...judged.values()].some((score) => score > 0)) };
}

const titleOf = (title = "") => title.trim().slice(0, TITLE_CHARS_MAX).trim() || NO_TITLE;

/** `qrels.tsv`, or BEIR's own `qrels/test.tsv`. */
function readJudgements(directory: string): Map<string, Map<string, number>> {
  const file = ["qrels.tsv", "qrels/test.tsv"].map((path) => join(directory, path)).find((path) => existsSync(path));
  if (!file) throw new Error(`${directory} holds neither qrels.tsv nor qrels/test.tsv`);
  const judgements = new Map<string, Map<string, number>>();
  for (const line of readFileSync(file, "utf8").trim().split("\n").slice(1)) {
    const [question = "", text = "", score] = line.trim().split("\t");
    judgements.set(question, (judgements.get(question) ?? new Map()).set(text, Number(score)));
  }
  return judgements;
}

const readLines = (file: string): Line[] =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
