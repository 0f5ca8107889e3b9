import type { Attached } from "../../../db/queries/chatbots/attachment.ts";
import { countTokens } from "../../kernel/ai/tokens.ts";
import { analyzeEntry, analyzeQuestion } from "../../kernel/retrieval/analyzer.ts";
import { languageDetector } from "../../kernel/retrieval/language.ts";
import type { Source } from "./quotes.ts";

/** What of the files fits, in the order in which it is read: all of it, else the passages that have most of what the question asks for. */
export async function passagesFor(question: string, files: readonly Attached[], tokens: number): Promise<Source[]> {
  const passages = files.flatMap(({ id, name, passages }) =>
    passages.map(({ page, text }) => ({
      documentId: null,
      chunkId: null,
      attachmentId: id,
      title: name,
      page,
      content: text,
    })),
  );
  const sizes = passages.map(({ content }) => countTokens(content));
  if (sizes.reduce((sum, size) => sum + size, 0) <= tokens) return passages;
  const scores = await scoresOf(question, passages);
  const best = [...passages.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const chosen = new Set<number>();
  let room = tokens;
  for (const index of best) {
    if (sizes[index]! > room && chosen.size > 0) continue;
    chosen.add(index);
    room -= sizes[index]!;
  }
  return passages.filter((_, index) => chosen.has(index));
}

/** Of each passage the question's words that it has, by how few passages have them. */
async function scoresOf(question: string, passages: readonly { content: string }[]): Promise<number[]> {
  const detect = await languageDetector();
  const languageOf = (text: string) => detect(text, "en");
  const languages = passages.map(({ content }) => languageOf(content));
  const asked = analyzeQuestion(question, [...new Set([languageOf(question), ...languages])]);
  const entries = passages.map(({ content }, index) => analyzeEntry(content, languages[index]!).terms);
  const weights = new Map(
    [...asked.keys()].map((term) => {
      const having = entries.filter((terms) => terms.has(term)).length;
      return [term, Math.log(1 + passages.length / (1 + having))] as const;
    }),
  );
  return entries.map((terms) => [...weights].reduce((sum, [term, weight]) => sum + (terms.has(term) ? weight : 0), 0));
}
