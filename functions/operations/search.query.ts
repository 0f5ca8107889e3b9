import * as z from "zod";
import { CORPUS_NAMES } from "../../db/corpora.ts";
import { DOCUMENT_TYPES } from "../../db/words.ts";
import { count, endpoint, id, integer, json, name, replies, text, words } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { explainQuestion } from "../kernel/retrieval/analyzer.ts";

const corpus = z.enum(CORPUS_NAMES);
const share = z.number().min(0).max(1);
const ids = (what: string) => z.array(id(what)).min(1).max(LIMITS.idsMax).optional();

const SearchReply = z
  .object({
    results: z
      .array(
        z.object({
          corpus,
          id: id("entry"),
          content: text(200_000),
          context: text(LIMITS.textCharsMax),
          score: share.meta({ description: "Words and meaning together" }),
          scores: z.object({
            lexical: share.meta({ description: "BM25, as a share of the question's greatest possible score" }),
            lexicalRank: count.nullable(),
            vector: share.meta({ description: "Cosine" }),
            vectorRank: count.nullable(),
          }),
          source: z.object({ type: text(50), id: id("source"), title: name, page: count.nullable() }),
        }),
      )
      .max(LIMITS.searchResultsMax),
    explanation: z
      .object({
        terms: z.array(z.object({ term: text(200), weight: z.number().min(0).max(100_000) })).max(100_000),
        languages: z.array(text(35)).max(100),
      })
      .optional(),
  })
  .meta({ id: "SearchResults" });

export const searchEverything = endpoint({
  name: "search.query",
  method: "post",
  path: "/v1/search",
  scope: "search:read",
  summary: "Search",
  description:
    "By words (exact BM25) and by meaning (exact cosine), fused; one request to the database however many corpora it asks.",
  body: json(
    z.object({
      query: words(LIMITS.questionCharsMax),
      limit: integer(1, LIMITS.searchResultsMax).default(LIMITS.searchResultsDefault),
      mode: z.enum(["hybrid", "lexical", "vector"]).default("hybrid"),
      corpora: z.array(corpus).min(1).max(CORPUS_NAMES.length).default(CORPUS_NAMES),
      filter: z
        .strictObject({
          documentIds: ids("document"),
          productIds: ids("product"),
          documentTypes: z.array(z.enum(DOCUMENT_TYPES)).min(1).max(DOCUMENT_TYPES.length).optional(),
          languages: z.array(text(3, 2)).min(1).max(50).optional(),
        })
        .optional(),
      explain: z.boolean().optional().meta({ description: "Adds the terms that were looked for" }),
    }),
  ),
  reply: replies(SearchReply),
  example: async (fixtures) => {
    await fixtures.document();
    return { body: { query: "warranty" } };
  },
  async run(ctx, { body: { explain, corpora, ...body } }) {
    const { languages } = await ctx.identify();
    const hits = await ctx.search.find({
      ...body,
      corpora: [...new Set(corpora)],
      languages,
      purpose: { task: "embed" },
    });
    const terms = () =>
      explainQuestion(body.query, languages).map(({ term, qtf }) => ({ term: term.slice(0, 200), weight: qtf }));
    return {
      results: hits.map((hit) => ({
        corpus: hit.corpus,
        id: hit.id,
        content: hit.content,
        context: hit.context,
        score: bounded(hit.score),
        scores: {
          lexical: bounded(hit.lexicalScore),
          lexicalRank: hit.lexicalRank,
          vector: bounded(hit.vectorScore),
          vectorRank: hit.vectorRank,
        },
        source: { type: hit.sourceType, id: hit.sourceId, title: hit.title, page: hit.page },
      })),
      ...(explain && { explanation: { terms: terms(), languages: languages.slice(0, 100) } }),
    };
  },
});

/** Half-precision arithmetic may pass 1 by a hair. */
const bounded = (score: number) => Math.min(1, Math.max(0, score));
