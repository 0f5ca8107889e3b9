import { newId } from "../../db/columns.ts";
import type { Filter } from "../../db/filter.ts";
import { type Answer, answerOf, hybridSearch, type Question, type SearchMode } from "../../db/search.ts";
import { cacheEmbeddings } from "../../db/search-entries.ts";
import { readQuestion } from "../../functions/kernel/retrieval/question.ts";
import { questionHash } from "../../functions/kernel/retrieval/search.ts";
import type { BenchDatabase } from "./database.ts";
import type { Asked } from "./measure.ts";

type Ready = Extract<Answer, { ready: true }>;
export type Ask = { text: string; mode: SearchMode; filter?: Filter; limit: number };
export type OursAsked = Asked & Pick<Ready, "hits" | "strategies"> & { statementMs: number };

const LANGUAGES = ["en"];
const CACHE_DAYS = 1;

/** The search as the worker asks it: the statement of `db/search.ts` as `edgelore_app`, the question's embedding in the cache. */
export function openOurs(database: BenchDatabase, organizationId: string) {
  const tenant = database.tenant(organizationId);

  async function questionOf({ text, mode, filter, limit }: Ask): Promise<Question> {
    const hash = await questionHash(text);
    return {
      ...readQuestion({ text, phrases: [], excluded: { words: [], phrases: [] } }, [], mode, LANGUAGES),
      id: newId(),
      mode,
      queryHash: hash,
      corpora: ["document_chunk"],
      viewer: { audience: "staff" },
      filter,
      textHash: mode === "lexical" ? null : hash,
      vector: null,
      neighbours: 0,
      limit,
      explain: false,
      mayAskAgain: false,
    };
  }

  return {
    async remember(questions: readonly { text: string; embedding: Float32Array }[]) {
      const { rows } = await database.owner.query<{ model: string }>(
        "select embedding_model as model from organizations where id = $1",
        [organizationId],
      );
      for (const { text, embedding } of questions)
        await tenant.batch([
          cacheEmbeddings(
            tenant,
            rows[0]!.model,
            [{ textHash: await questionHash(text), embedding: [...embedding] }],
            CACHE_DAYS,
          ),
        ]);
    },
    /** `ms`: in the database, to the last candidate; `statementMs`: the whole transaction, from `begin` to `commit`. */
    async search(ask: Ask): Promise<OursAsked> {
      const [result] = await tenant.batch([hybridSearch(tenant, await questionOf(ask))]);
      const answer = answerOf(result);
      if (!answer.ready) throw new Error(`not ready: ${JSON.stringify(answer)}`);
      const { hits, strategies, milliseconds } = answer;
      return { hits, strategies, ids: hits.map(({ id }) => id), ms: milliseconds, statementMs: database.lastMs() };
    },
  };
}
