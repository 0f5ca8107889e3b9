import * as z from "zod";
import { CORPUS_NAMES } from "../../db/corpora.ts";
import { saveFeedback } from "../../db/queries/search/feedback.ts";
import { CORPUS_SCOPES, mayUse } from "../kernel/auth/scopes.ts";
import { endpoint, id, integer, json, replies, text, words } from "../kernel/endpoint.ts";
import { ApiError, type FieldError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { questionHash } from "../kernel/retrieval/search.ts";
import { corpus, corpusOf } from "./search.ts";

const JUDGMENTS_MAX = 50;
const entryId = id("entry");
const relevance = integer(0, 3).meta({ description: "0 irrelevant, 1 hardly, 2 relevant, 3 the answer" });
const comment = text(LIMITS.textCharsMax);

const Judgments = z
  .array(z.strictObject({ entryId, relevance, comment: comment.optional() }))
  .min(1)
  .max(JUDGMENTS_MAX)
  .superRefine((judgments, { addIssue }) => {
    for (const [index, judgment] of judgments.entries())
      if (judgments.findIndex((other) => other.entryId === judgment.entryId) < index)
        addIssue({ code: "custom", path: [index, "entryId"], message: "is judged twice here" });
  });

const REASONS = { "not found": "is not among the results of this search", gone: "was found, and is no more" } as const;

export const judgeSearch = endpoint({
  name: "search.feedback",
  method: "post",
  path: "/v1/search/{searchId}/feedback",
  scope: "search:read",
  summary: "Say how good the results of a search are",
  description: `One judgment for each search and entry: told again, it replaces the one before. The log knows a question by its hash alone;
when you tell it with the judgments, they become a test query of your organization.`,
  params: z.object({ searchId: id("search") }),
  body: json(
    z.object({
      judgments: Judgments,
      query: words(LIMITS.questionCharsMax)
        .optional()
        .meta({ description: "The question that was asked, letter by letter" }),
    }),
  ),
  reply: replies(
    z
      .object({
        searchId: id("search"),
        judgments: z
          .array(z.object({ corpus, entryId, relevance, comment: comment.nullable() }))
          .max(1_000)
          .meta({ description: "Everything that is said about this search" }),
      })
      .meta({ id: "SearchFeedback" }),
  ),
  async example(fixtures) {
    const { searchId, entryId: found } = await fixtures.search();
    return { params: { searchId }, body: { judgments: [{ entryId: found, relevance: 3 }] } };
  },
  async run(ctx, { params: { searchId }, body: { judgments, query } }) {
    const asked = query === undefined ? undefined : { text: query, hash: await questionHash(query) };
    const caller = await ctx.identify();
    const readable = CORPUS_NAMES.filter((name) => mayUse(caller, CORPUS_SCOPES[name]));
    const stored = await saveFeedback(ctx, searchId, readable, judgments, asked);
    const errors: FieldError[] = stored.strange.map(({ index, reason }) => ({
      path: `judgments.${index}.entryId`,
      message: REASONS[reason],
    }));
    if (!stored.sameQuery) errors.push({ path: "query", message: "is not the question that was asked" });
    if (errors.length > 0)
      throw new ApiError("INVALID", "Nothing was stored: this is not about that search.", { errors });
    return { searchId, judgments: stored.judgments.map((row) => ({ ...row, corpus: corpusOf(row.corpus) })) };
  },
});
