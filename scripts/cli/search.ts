import { LIMITS } from "../../functions/kernel/limits.ts";
import type { SearchReply, SearchResult } from "../client/wire.ts";
import { command, EXIT, oneOf, theText, wholeNumber } from "./command.ts";
import { connect, connectionOptions } from "./connection.ts";
import { clipped, note, oneLine, out, outJson } from "./terminal.ts";

const SNIPPET_CHARS = 240;

export const search = command({
  name: "search",
  about: "Search everything that was uploaded",
  operands: '"query"',
  options: {
    ...connectionOptions,
    mode: { type: "string", value: "MODE", default: "hybrid", about: "hybrid, lexical (words) or vector (meaning)" },
    limit: { type: "string", value: "N", about: "How many results at most (10)" },
    corpora: { type: "string", value: "A,B", about: "What is searched; everything without" },
    explain: { type: "boolean", about: "Tell the scores and the terms that were looked for" },
    json: { type: "boolean", about: "Print the reply as JSON" },
  },
  async run(operands, { mode, limit, corpora, explain, json, ...given }) {
    const query = theText("query", operands, LIMITS.questionCharsMax);
    const body = {
      query,
      mode: oneOf("mode", mode, ["hybrid", "lexical", "vector"]),
      ...(limit !== undefined && { limit: wholeNumber("limit", limit, 1, LIMITS.searchResultsMax) }),
      ...(corpora !== undefined && { corpora: corpora.split(",").map((one) => one.trim()) }),
      ...(explain && { explain }),
    };
    const reply = await connect(given).client.search(body);
    if (json) outJson(reply);
    else print(reply, explain);
    return EXIT.ok;
  },
});

function print({ results, explanation }: SearchReply, explain = false) {
  out(results.map((result, index) => resultLines(result, index + 1, explain)).join("\n"));
  if (results.length === 0) note("Nothing was found.");
  if (!explanation) return;
  const terms = explanation.terms.map(({ term, weight }) => (weight === 1 ? term : `${term} ×${weight}`));
  out(`\nLooked for: ${oneLine(terms.join(", "))}\nLanguages: ${oneLine(explanation.languages.join(", "))}\n`);
}

function resultLines({ score, scores, source, context, content }: SearchResult, number: number, explain: boolean) {
  const page = source.page === null ? "" : `, page ${source.page}`;
  const lines = [
    `${number}. ${oneLine(source.title)}${page}  (${score.toFixed(3)})`,
    context ? `   ${oneLine(context)}` : "",
    explain
      ? `   words ${scored(scores.lexical, scores.lexicalRank)}, meaning ${scored(scores.vector, scores.vectorRank)}`
      : "",
    `   ${clipped(oneLine(content), SNIPPET_CHARS)}`,
  ];
  return lines
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join("");
}

const scored = (score: number, rank: number | null) => `${score.toFixed(3)}${rank === null ? "" : ` (rank ${rank})`}`;
