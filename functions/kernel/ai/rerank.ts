import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import * as z from "zod";
import { LIMITS } from "../limits.ts";
import { cut, invoke } from "./bedrock.ts";

const Answer = z.object({ results: z.array(z.object({ index: z.number(), relevance_score: z.number() })) });

/** How well each document answers the query, 0 to 1, in the documents' order. Cohere's format, which Amazon's is but for the version. */
export async function rerankDocuments(
  client: BedrockRuntimeClient,
  model: string,
  query: string,
  documents: readonly string[],
  deadlineMs: number,
) {
  const request = {
    query: cut(query, LIMITS.rerankCharsMax),
    documents: documents.map((document) => cut(document, LIMITS.rerankCharsMax)),
    top_n: documents.length,
    ...(model.includes("cohere.") && { api_version: 2 }),
  };
  const { body, inputTokens, attempts } = await invoke(client, model, request, deadlineMs);
  const found = new Map(Answer.parse(body).results.map(({ index, relevance_score }) => [index, relevance_score]));
  const scores = documents.flatMap((_, index) => found.get(index) ?? []);
  if (scores.length !== documents.length) throw new Error("The model left a document without a score.");
  return { scores, inputTokens, attempts };
}
