import { type SQL, sql } from "drizzle-orm";
import { pgArray, type Statement, type Tenant } from "./client.ts";
import { CORPORA, type CorpusName, type Viewer } from "./corpora.ts";
import type { Filter } from "./filter.ts";
import type { SearchStrategy } from "./json.ts";
import { messageStands } from "./search-entries.ts";
import type { SEARCH_MODES } from "./words.ts";

export type SearchMode = (typeof SEARCH_MODES)[number];

/** A question as the analyzer read it, and what its results must be like. */
export type Question = {
  /** Of the search, chosen before it: its row in the log, and what feedback names. */
  id: string;
  mode: SearchMode;
  /** SHA-256 of what was asked, as a bytea literal. */
  queryHash: string;
  corpora: readonly CorpusName[];
  viewer: Viewer;
  filter?: Filter;
  /** Only documents that are assigned to this chatbot. */
  assignedTo?: string;
  chatbotId?: string;
  /** The answer that it is searched for. */
  messageId?: string;
  /** The languages in which it was read. */
  languages: readonly string[];
  /** Term id → how often and how strongly it was asked; empty to search by meaning only. */
  terms: ReadonlyMap<number, number>;
  /** The question's words as they may stand among the names; compared only when its terms find nothing. */
  names: readonly string[];
  /** Phrase → the terms that an entry with it has, once for each reading. */
  phrases: readonly Phrase[];
  excluded: { readings: readonly (readonly number[])[]; phrases: readonly Phrase[] };
  /** SHA-256 of the text that is embedded, as a bytea literal; null to search by words only. */
  textHash: string | null;
  /** The question's embedding, normalized, when it is not in the cache, and the model that gave it. */
  vector: { model: string; embedding: readonly number[] } | null;
  /** 0 … 1; undefined as the organization's settings say, else as measured best. */
  lexicalShare?: number;
  /** Results of a lower relevance are left out. */
  threshold?: number;
  /** How many entries before and after a hit are told with it. */
  neighbours: number;
  limit: number;
  explain: boolean;
  /** Where the settings want a reranker, a longer list is asked for next, and that one is logged. */
  mayAskAgain: boolean;
};

/** Its edges are word boundaries, but in scripts that put no spaces between words. */
export type Phrase = {
  text: string;
  startsWord: boolean;
  endsWord: boolean;
  readings: readonly (readonly number[])[];
};

export type Neighbour = { id: string; content: string; offset: number };

export type Hit = {
  corpus: CorpusName;
  id: string;
  sourceId: string;
  sourceType: string;
  content: string;
  context: string;
  title: string;
  page: number | null;
  /** Words and meaning fused; of one corpus it orders, of several it cannot be compared. */
  score: number;
  /** 0 … 1, absolute: how probable it is that the entry answers the question. What results are ordered by, and thresholds are compared with. */
  relevance: number;
  /** BM25, as a share of the question's greatest possible score. */
  lexicalScore: number;
  lexicalRank: number | null;
  /** Cosine. */
  vectorScore: number;
  vectorRank: number | null;
  /** Term id → what it adds to the BM25 score; only when explained. */
  terms: Record<string, number> | null;
  neighbours: Neighbour[];
};

export type Answer =
  | { ready: false; languages: string[]; model: string; embeddingMissing: boolean }
  | {
      ready: true;
      languages: string[];
      model: string;
      /** Names that were taken for words which found nothing. */
      corrections: string[];
      strategies: SearchStrategy[];
      /** In the database, to the last candidate. */
      milliseconds: number;
      hits: Hit[];
    };

/** The lists that are fused are so long at least; a phrase is looked for in the texts of so many. */
const CANDIDATES_MIN = 60;
const PHRASE_CANDIDATES = 500;

/**
 * The best entries of the tenant for a question, by words and by meaning, and the row in the log that tells of it: one
 * statement, however many corpora it asks. Candidates come from `hybrid_search`, texts under the caller's own policies. What a chatbot
 * searches for is logged with its message, or not at all where that is gone: whoever erases it waits for this.
 */
export function hybridSearch(tenant: Tenant, question: Question): Statement {
  const { corpora, filter, viewer, assignedTo, limit, excluded, phrases } = question;
  const chosen = corpora.map((name) => CORPORA[name]);
  const narrowed = chosen.flatMap(({ number, sources }) => {
    const subquery = sources(filter, viewer, assignedTo);
    return subquery ? [{ number, subquery }] : [];
  });
  const sources =
    narrowed.length > 0
      ? sql.join(
          narrowed.map(({ subquery }) => subquery),
          sql` || `,
        )
      : sql`null`;
  const hasPhrase = phrases.length + excluded.phrases.length > 0;
  // Cosines can be compared whatever the corpus, fused scores cannot.
  const order = sql.raw(question.mode === "vector" ? "score desc, id" : "relevance desc, score desc, id");
  const candidates = Math.max(CANDIDATES_MIN, hasPhrase ? PHRASE_CANDIDATES : limit);
  return tenant.db.execute(sql`
    with found as materialized (
      select hybrid_search(${numbers(chosen)}, ${numbers(narrowed)}, ${sources}::uuid[], ${texts(question.languages)},
        ${pgArray([...question.terms.keys()], "integer")}, ${pgArray([...question.terms.values()], "real")},
        ${JSON.stringify(phrases.map(({ readings }) => readings).filter(({ length }) => length > 0))}::jsonb,
        ${JSON.stringify(excluded.readings)}::jsonb, ${texts(question.names)}, ${question.textHash}::bytea,
        ${ofActiveModel(question.vector)}, ${question.lexicalShare ?? null}::float8,
        ${question.threshold ?? null}::float8, ${candidates}, ${hasPhrase ? candidates : limit}, ${question.explain}) as answer),
    hits as materialized (
      select h.* from found, jsonb_to_recordset(answer -> 'hits') as h(corpus smallint, "entryId" uuid, "sourceId" uuid, score float8,
        relevance float8, "lexicalScore" float8, "lexicalRank" integer, "vectorScore" float8, "vectorRank" integer, terms jsonb)),
    results as materialized (
      ${sql.join(
        chosen.map(
          ({
            number,
            read,
          }) => sql`(select t.corpus, t.id, h."sourceId", t.source_type as "sourceType", t.content, t.headings as context, t.title, t.page,
            h.score, h.relevance, h."lexicalScore", h."lexicalRank", h."vectorScore", h."vectorRank", h.terms
          from hits h join (${read}) t on t.id = h."entryId" ${hasPhrase ? PLAIN : sql``} where h.corpus = ${number}${saying(question)})`,
        ),
        sql` union all `,
      )} order by ${order} limit ${limit}),
    logged as (
      insert into search_log (id, query_hash, mode, corpora, strategy, result_count, result_ids, top_relevance, embedding_cached, latency_ms, chatbot_id)
      select ${question.id}, ${question.queryHash}::bytea, ${question.mode}, ${numbers(chosen)}, answer -> 'strategies',
        (select count(*) from results), array(select id from results order by ${order}), (select max(relevance) from results),
        ${question.textHash === null ? null : question.vector === null}::boolean, (answer ->> 'milliseconds')::real, ${question.chatbotId ?? null}::uuid
      from found where (answer ->> 'ready')::boolean
        and not (${question.mayAskAgain} and jsonb_path_exists(answer, '$.strategies[*] ? (@.rerank == true)'))
        and ${messageStands(question.messageId)} on conflict do nothing)
    select answer || jsonb_build_object('hits', coalesce((
      select jsonb_agg(to_jsonb(r) || jsonb_build_object('neighbours', ${neighboursOf(chosen, question.neighbours)}) order by ${order})
      from results r), '[]')) as answer from found`);
}

/** What a search would ask for first: with it, it needs one request. */
export type SearchAhead = { languages: string[]; model: string; isCached: boolean; rerank: boolean };

/** The languages and the model of the organization's searches, whether one reranks, and whether a text's embedding is in the cache. */
export const lookAhead = (tenant: Tenant, corpora: readonly CorpusName[], textHash: string): Statement =>
  tenant.db.execute(sql`
    select o.languages, o.embedding_model as model,
      exists (select from embedding_cache e where e.organization_id = o.id and e.model = o.embedding_model
        and e.text_hash = ${textHash}::bytea and e.expires_at > now()) as "isCached",
      exists (select from search_settings s where s.organization_id = o.id and s.rerank
        and s.corpus = any (${numbers(corpora.map((name) => CORPORA[name]))})) as rerank
    from organizations o where o.id = (select current_organization())`);

/** What the statement of `lookAhead` answered. */
export const aheadOf = (result: unknown): SearchAhead => (result as { rows: SearchAhead[] }).rows[0]!;

/** What the statement of `hybridSearch` answered. */
export const answerOf = (result: unknown): Answer => (result as { rows: { answer: Answer }[] }).rows[0]!.answer;

/** Nothing when the organization has switched to another model since: seen in the snapshot in which the search runs. */
const ofActiveModel = (vector: Question["vector"]): SQL =>
  vector
    ? sql`(select ${JSON.stringify(vector.embedding)}::halfvec from organizations where embedding_model = ${vector.model})`
    : sql`null::halfvec`;

const numbers = (corpora: readonly { number: number }[]): SQL =>
  sql`${pgArray(
    corpora.map(({ number }) => number),
    "integer",
  )}::smallint[]`;
const texts = (values: readonly string[]): SQL =>
  sql`array(select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;

/** The text of `t` as phrases are compared with it: made once a row, whatever the number of phrases. */
const PLAIN = sql`cross join lateral (select plain_text(concat_ws(' ', t.title, t.context, t.content)) as said offset 0) p`;

/** That what `p` says has each phrase, and none of the excluded ones. */
function saying({ phrases, excluded }: Question): SQL {
  const says = ({ text, startsWord, endsWord }: Phrase) =>
    sql`position(${startsWord ? " " : ""} || btrim(plain_text(${text})) || ${endsWord ? " " : ""} in p.said) > 0`;
  return sql.join([
    ...phrases.map((phrase) => sql` and ${says(phrase)}`),
    ...excluded.phrases.map((phrase) => sql` and not ${says(phrase)}`),
  ]);
}

/** The entries around the row `r`, of corpora whose entries have an order. */
function neighboursOf(corpora: readonly (typeof CORPORA)[CorpusName][], distance: number): SQL {
  const around = corpora.flatMap(({ neighbours }) => (neighbours && distance > 0 ? [neighbours(distance)] : []));
  if (around.length === 0) return sql`'[]'::jsonb`;
  return sql`(select coalesce(jsonb_agg(to_jsonb(n) order by n."offset"), '[]') from (${sql.join(around, sql` union all `)}) n)`;
}
