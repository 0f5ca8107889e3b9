import * as z from "zod";
import {
  judgedQueries,
  nearestEntries,
  saveComparison,
  type TestQuery,
} from "../../db/queries/search/embedding-migration.ts";
import type { Ctx } from "../kernel/context.ts";
import { endpoint, id, json, replies, words } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { Comparison, hasEnded, isRefused, loadMigration, migrationParams } from "./embedding-migration.ts";
import { compareAnswers, summarize } from "./model-comparison.ts";
import { share } from "./search.ts";

const PerQuery = z.object({
  query: words(LIMITS.questionCharsMax),
  overlapAt10: share,
  ndcgAt10: z.object({ from: share, to: share }).nullable(),
});

const TestQueries = z
  .array(
    z.object({
      query: words(LIMITS.questionCharsMax),
      relevant: z.array(id("entry")).max(LIMITS.idsMax).optional().meta({ description: "Entries that answer it" }),
    }),
  )
  .min(1)
  .max(LIMITS.testQueriesMax);

export const compareEmbeddingModels = endpoint({
  name: "embedding-migration.compare",
  method: "post",
  path: "/v1/embedding-migrations/{migrationId}/compare",
  scope: "organization:write",
  summary: "Compare the two models on your own questions",
  description: `Each question is searched by meaning alone, with both models, every entry compared. Without \`queries\` they are the questions whose
results people have judged, with what they judged relevant. The last comparison stays with the migration.`,
  params: migrationParams,
  body: json(z.object({ queries: TestQueries.optional() })),
  reply: replies(
    Comparison.extend({ perQuery: z.array(PerQuery).max(LIMITS.testQueriesMax) }).meta({ id: "ModelComparison" }),
  ),
  example: async (fixtures) => ({
    params: { migrationId: await fixtures.embeddingMigration() },
    body: { queries: [{ query: "How long is the warranty?" }] },
  }),
  async run(ctx, { params: { migrationId }, body }) {
    const { live, status, fromModel, toModel } = await loadMigration(ctx, migrationId);
    if (!live) throw hasEnded();
    if (status !== "ready" && status !== "switched")
      throw new ApiError("CONFLICT", `There is nothing to compare yet: it is ${status}.`);
    const queries = body.queries?.map(given) ?? (await judgedQueries(ctx, LIMITS.testQueriesMax));
    if (queries.length === 0) {
      const errors = [{ path: "queries", message: "nobody has judged a result yet, so send some" }];
      throw new ApiError("INVALID", "There are no test queries.", { errors });
    }
    const [from, to] = [await answers(ctx, fromModel, queries), await answers(ctx, toModel, queries)];
    const perQuery = queries.map((query, index) => compareAnswers(query, { from: from[index]!, to: to[index]! }));
    const comparison = { ...summarize(perQuery), at: new Date().toISOString() };
    const emits = ctx.emit("embedding-migration.compared", migrationId, { queries: queries.length });
    await saveComparison(ctx, migrationId, comparison, emits).catch((error) => {
      throw isRefused(error) ? hasEnded() : error;
    });
    return { ...comparison, perQuery };
  },
});

const given = ({ query, relevant = [] }: z.output<typeof TestQueries>[number]): TestQuery => ({
  query,
  relevant: Object.fromEntries(relevant.map((entry) => [entry, 1])),
});

async function answers(ctx: Ctx, model: string, queries: readonly TestQuery[]): Promise<string[][]> {
  const texts = queries.map(({ query }) => query);
  const embeddings = await ctx.ai.embed(texts, { task: "embed" }, { model, input: "query" });
  const found: string[][] = [];
  for (let first = 0; first < embeddings.length; first += LIMITS.testQueriesPerBatch)
    found.push(...(await nearestEntries(ctx, model, embeddings.slice(first, first + LIMITS.testQueriesPerBatch))));
  return found;
}
