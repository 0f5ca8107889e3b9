import * as z from "zod";
import { newId } from "../../db/columns.ts";
import { CORPUS_NAMES, type CorpusName } from "../../db/corpora.ts";
import type { SearchStrategy } from "../../db/json.ts";
import type { Hit } from "../../db/search.ts";
import { SEARCH_MODES } from "../../db/words.ts";
import { countTokens } from "../kernel/ai/tokens.ts";
import { CORPUS_SCOPES, mayUse } from "../kernel/auth/scopes.ts";
import { count, endpoint, id, integer, json, name, replies, text, words } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { explainQuestion } from "../kernel/retrieval/analyzer.ts";
import { Filter } from "../kernel/retrieval/filter.ts";
import { pack } from "../kernel/retrieval/packing.ts";
import type { Found } from "../kernel/retrieval/search.ts";
import { corpus, corpusOf, share } from "./search.ts";

const term = text(200);
/** Those that add most; more say nothing. */
const TERMS_MAX = 1_000;
const weight = z.number().min(0).max(1_000_000);

const Source = z.object({ type: text(50), id: id("source"), title: name, page: count.nullable() });

const Result = z.object({
  corpus,
  id: id("entry"),
  content: text(200_000),
  context: text(LIMITS.textCharsMax),
  score: share.meta({ description: "Words and meaning fused, comparable within a corpus" }),
  relevance: share.meta({
    description: "Absolute: how probable it is that this answers the question. What the results are ordered by",
  }),
  scores: z.object({
    lexical: share.meta({ description: "BM25, as a share of the question's greatest possible score" }),
    lexicalRank: count.nullable(),
    vector: share.meta({ description: "Cosine" }),
    vectorRank: count.nullable(),
    rerank: share.nullable().meta({ description: "The reranker's; where it is told, it orders the results" }),
  }),
  source: Source,
  duplicates: z
    .array(z.object({ id: id("entry"), source: Source }))
    .max(200)
    .meta({ description: "Entries that say the same, and are left out" }),
  neighbours: z
    .array(
      z.object({
        id: id("entry"),
        content: text(200_000),
        offset: integer(-LIMITS.neighboursMax, LIMITS.neighboursMax),
      }),
    )
    .max(2 * LIMITS.neighboursMax),
  terms: z
    .array(z.object({ term, contribution: weight }))
    .max(TERMS_MAX)
    .optional()
    .meta({ description: "The terms that matched, and what each adds to the BM25 score" }),
});

const Strategy = z.object({
  corpus,
  entries: count,
  scope: count.meta({ description: "Entries that the filter left, counted up to what its strategy asks" }),
  lexical: z.enum(["none", "scan", "index"]),
  vector: z.enum(["none", "exact", "bits", "graph"]),
  compared: count.meta({ description: "Entries whose embedding was compared exactly" }),
  lexicalShare: share,
  rerank: z.boolean(),
}) satisfies z.ZodType<Omit<SearchStrategy, "corpus">>;

const SearchReply = z
  .object({
    id: id("search").meta({ description: "What feedback names" }),
    results: z.array(Result).max(LIMITS.searchResultsMax),
    corrections: z
      .array(text(100))
      .max(100)
      .meta({ description: "Names that were taken for words which found nothing" }),
    degraded: z
      .array(z.enum(["embedding", "rerank"]))
      .max(2)
      .meta({ description: "What the search did without, for a model did not answer" }),
    explanation: z
      .object({
        terms: z.array(z.object({ term, weight })).max(100_000).meta({ description: "What was looked for" }),
        languages: z.array(text(35)).max(100),
        embeddingModel: text(200),
        strategies: z.array(Strategy).max(CORPUS_NAMES.length),
        milliseconds: z.number().min(0).max(1_000_000).meta({ description: "In the database" }),
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
  description: `By words (exact BM25) and by meaning, fused; one request to the database however many corpora it asks. A query is free
text; \`"a phrase"\` must stand in a result, \`-word\` and \`-"a phrase"\` may not, and nothing is a syntax error. At most 20 phrases and
50 exclusions count. A minus before a digit is text: exclude \`-"900"\`. An excluded word is one as a whole: of a code, \`-"AB-1200"\` excludes
the longer ones too.`,
  body: json(
    z.object({
      query: words(LIMITS.questionCharsMax),
      syntax: z.enum(["operators", "plain"]).default("operators").meta({
        description: "`plain` takes quotes and minus signs for text, as in a question that a person asks in a chat",
      }),
      limit: integer(1, LIMITS.searchResultsMax).default(LIMITS.searchResultsDefault),
      mode: z.enum(SEARCH_MODES).default("hybrid"),
      corpora: z
        .array(corpus)
        .min(1)
        .max(CORPUS_NAMES.length)
        .optional()
        .meta({ description: "Default: all that the caller may read" }),
      filter: Filter.optional(),
      lexicalShare: share.optional().meta({ description: "How much words count beside meaning" }),
      scoreThreshold: share.optional().meta({ description: "Results of a lower relevance are left out" }),
      rerank: z
        .boolean()
        .optional()
        .meta({ description: "Lets a model that reads question and text together order the best" }),
      neighbours: integer(0, LIMITS.neighboursMax)
        .default(0)
        .meta({ description: "How many chunks before and after a result are told with it" }),
      tokenBudget: integer(1, 1_000_000).optional().meta({
        description: "Keeps, of the results, what fits into so many tokens of a prompt, and prefers what is new in it",
      }),
      explain: z.boolean().optional().meta({ description: "Adds why: terms, weights, strategies, time" }),
    }),
  ),
  reply: replies(SearchReply),
  example: async (fixtures) => {
    await fixtures.document();
    return { body: { query: "warranty" } };
  },
  async run(ctx, { resultId, body: { corpora, explain, scoreThreshold, tokenBudget, ...body } }) {
    const search = (searchId: string, among: readonly CorpusName[]) =>
      ctx.search.find({
        ...body,
        id: searchId,
        corpora: [...new Set(among)],
        viewer: { audience: "staff" },
        threshold: scoreThreshold,
        explain,
        purpose: { task: "embed" },
      });
    let found = await search(resultId, corpora ?? CORPUS_NAMES);
    // Known by now without another request; what was found in a corpus that is not the caller's is not told.
    const caller = await ctx.identify();
    const allowed = CORPUS_NAMES.filter((name) => mayUse(caller, CORPUS_SCOPES[name]));
    const errors = (corpora ?? []).flatMap((name, index) =>
      allowed.includes(name)
        ? []
        : [{ path: `corpora.${index}`, message: `needs the scope ${CORPUS_SCOPES[name]}, which you lack` }],
    );
    if (errors.length > 0) throw new ApiError("INVALID", "You may not search every one of these corpora.", { errors });
    let searchId = resultId;
    if (!corpora && allowed.length < CORPUS_NAMES.length) {
      searchId = newId();
      found =
        allowed.length > 0 ? await search(searchId, allowed) : { ...found, hits: [], strategies: [], corrections: [] };
    }
    const asked =
      explain && body.mode !== "vector"
        ? explainQuestion(found.corrections.join(" ") || found.text, found.languages)
        : [];
    const letters = new Map(asked.map(({ id, term }) => [String(id), term.slice(0, 200)]));
    const hits =
      tokenBudget === undefined
        ? found.hits
        : pack(found.hits, tokenBudget, countTokens, (hit) => hit.rerankScore ?? hit.relevance);
    return {
      id: searchId,
      results: hits.map((hit) => toResult(hit, letters)),
      corrections: found.corrections,
      degraded: found.degraded,
      ...(explain && {
        explanation: {
          terms: asked.map(({ term, qtf }) => ({ term: term.slice(0, 200), weight: qtf })),
          languages: found.languages.slice(0, 100),
          embeddingModel: found.model,
          strategies: found.strategies.map((strategy) => ({ ...strategy, corpus: corpusOf(strategy.corpus) })),
          milliseconds: found.milliseconds,
        },
      }),
    };
  },
});

function toResult(hit: Found["hits"][number], letters: ReadonlyMap<string, string>): z.input<typeof Result> {
  const { corpus, id, content, context, duplicates, neighbours } = hit;
  const terms = Object.entries(hit.terms ?? {}).map(([term, contribution]) => ({
    term: letters.get(term) ?? term,
    contribution,
  }));
  return {
    corpus,
    id,
    content,
    context,
    score: bounded(hit.score),
    relevance: hit.relevance,
    scores: {
      lexical: bounded(hit.lexicalScore),
      lexicalRank: hit.lexicalRank,
      vector: bounded(hit.vectorScore),
      vectorRank: hit.vectorRank,
      rerank: hit.rerankScore,
    },
    source: sourceOf(hit),
    duplicates: duplicates.map((duplicate) => ({ id: duplicate.id, source: sourceOf(duplicate) })),
    neighbours,
    ...(hit.terms && { terms: terms.sort((a, b) => b.contribution - a.contribution).slice(0, TERMS_MAX) }),
  };
}

const sourceOf = ({ sourceType, sourceId, title, page }: Hit) => ({ type: sourceType, id: sourceId, title, page });

/** Half-precision arithmetic may pass 1 by a hair. */
const bounded = (score: number) => Math.min(1, Math.max(0, score));
