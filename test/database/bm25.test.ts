import { expect, test } from "vitest";
import { asTenant, organization } from "../harness.ts";

const ENTRIES = 3_000;
const CANDIDATES = 60;

/** Entries of twelve terms each, of which some are in nearly all and most in few, as in texts. */
const FILL = `
  with drawn as materialized (select n as entry, ceil(exp(random() * ln(2000)))::integer as term, random() as w
    from generate_series(1, ${ENTRIES}) n, generate_series(1, 12)),
  entries as (select entry, term, 0.2 + 0.7 * max(w) as w from drawn group by entry, term)
  insert into search_terms (shelf, corpus, entry_id, source_id, language, length, average_length, analyzer_version, weights, terms)
  select 0, 1, gen_random_uuid(), gen_random_uuid(), 'en', 12, 12, 1,
    ('{' || string_agg(term || ':' || w::real, ',' order by term) || '}/268435456')::sparsevec, salted_terms(current_organization(), array_agg(term))
  from entries group by entry`;

const BEST_OF_ALL = `
  with query as (select ('{' || string_agg(q.term || ':' || q.weight, ',' order by q.term) || '}/268435456')::sparsevec as weights
    from question_weights(current_organization(), 1::smallint, $1, array_fill(1::real, array[cardinality($1::integer[])])) w, unnest(w.terms, w.weights) q(term, weight))
  select -(t.weights <#> q.weights) as score from search_terms t cross join query q where t.weights <#> q.weights < 0
  order by 1 desc limit ${CANDIDATES}`;

const FOUND = `
  select h.hit from organizations o cross join lateral jsonb_array_elements(hybrid_search('{1}', '{}', '{}', o.languages, $1,
    array_fill(1::real, array[cardinality($1::integer[])]), '[]', '[]', '{}', null, null, null, null, ${CANDIDATES}, ${CANDIDATES}, false) -> 'hits') as h(hit)`;

test("frequent words that cannot bring an entry among the best are left out, and the best stay the same", async () => {
  const org = await organization();
  await asTenant(org.id, FILL);
  const pick = (max: number) => Math.ceil(Math.exp(Math.random() * Math.log(max)));
  for (let question = 0; question < 40; question++) {
    const terms = [...new Set(Array.from({ length: 2 + (question % 9) }, () => pick(2_000)))];
    const best = await asTenant<{ score: number }>(org.id, BEST_OF_ALL, [terms]);
    const found = await asTenant<{ hit: { lexicalScore: number } }>(org.id, FOUND, [terms]);
    const scores = found.map(({ hit }) => hit.lexicalScore).sort((a, b) => b - a);
    // Told as shares of the most that the question could score.
    const most = scores.length > 0 ? best[0]!.score / scores[0]! : 1;
    expect(scores.map((score) => (score * most).toFixed(3))).toEqual(best.map(({ score }) => score.toFixed(3)));
  }
});
