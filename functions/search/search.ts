import * as z from "zod";
import { CORPORA, CORPUS_NAMES, type CorpusName } from "../../db/corpora.ts";

export const corpus = z.enum(CORPUS_NAMES);
export const share = z.number().min(0).max(1);

const names = new Map(CORPUS_NAMES.map((name) => [CORPORA[name].number, name]));

/** The corpus of a row in the derived tables. */
export function corpusOf(number: number): CorpusName {
  const corpus = names.get(number);
  if (!corpus) throw new Error(`there is no corpus ${number}`);
  return corpus;
}
