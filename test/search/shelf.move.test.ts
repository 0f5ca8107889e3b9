import { expect, test } from "vitest";
import { asTenant, organization, settled, superuser, type TestOrganization, uploadText } from "../harness.ts";

const LARGE = 80;
const SECTIONS = Array.from(
  { length: LARGE + 10 },
  (_, i) =>
    `# Part ${i}\n\nThe part number ZX-${i} of machine ${i % 7} costs ${i * 3} euros and fits pump ${i % 11}. ${"It is made of steel. ".repeat(80)}`,
);

type Step = { started: number; copied: number; switched: number; cleared: number };
const step = async () => (await asTenant<Step>(null, `select * from maintain_shelves(${LARGE}, '{1,2}', 30)`))[0]!;

async function until(isSo: () => Promise<boolean>) {
  for (let steps = 0; steps < 100; steps++) {
    if (await isSo()) return;
    await step();
  }
  throw new Error("100 steps were not enough");
}

const shelvesOf = async (org: TestOrganization) =>
  (await superuser`select shelf, next_shelf from organizations where id = ${org.id}`)[0] as {
    shelf: number;
    next_shelf: number | null;
  };

const found = async (org: TestOrganization, query: string, mode = "hybrid") =>
  (await org.call("POST", "/v1/search", { query, mode, limit: 20, explain: true })).body;
const ids = ({ results }: { results: { id: string }[] }) => results.map(({ id }) => id);
const statistics = (org: TestOrganization) => superuser`
  select corpus, term, sum(entries)::integer as entries from term_stats where organization_id = ${org.id} group by 1, 2 having sum(entries) <> 0 order by 1, 2`;

test("a large tenant moves to a shelf of its own while it is searched, written to and deleted from", async () => {
  const org = await organization();
  const document = await uploadText(org, SECTIONS.join("\n\n"), "Parts", "text/markdown");
  const doomed = await uploadText(org, "The doomed zeppelin sails at noon.", "Doomed");
  await Promise.all([settled(org, document, 60_000), settled(org, doomed, 60_000)]);
  const before = {
    words: ids(await found(org, "ZX-77 pump", "lexical")),
    meaning: ids(await found(org, "steel pump", "vector")),
  };

  // Other tests' organizations may be large too, and their turn may come first.
  await until(async () => (await shelvesOf(org)).next_shelf !== null);
  expect((await step()).copied).toBe(60); // 30 rows of each table
  const late = await uploadText(org, "The late submarine dives at dawn.", "Late");
  await settled(org, late, 60_000);
  await org.call("DELETE", `/v1/documents/${doomed}`);
  expect(ids(await found(org, "ZX-77 pump", "lexical"))).toEqual(before.words);

  await until(async () => (await shelvesOf(org)).shelf > 0);
  const moved = await shelvesOf(org);
  expect(moved.next_shelf).toBeNull();

  expect(ids(await found(org, "ZX-77 pump", "lexical"))).toEqual(before.words);
  const after = await found(org, "steel pump", "vector");
  expect(after.explanation.strategies[0]).toMatchObject({ corpus: "document_chunk", vector: "exact" });
  expect(ids(after)).toEqual(before.meaning);
  expect((await found(org, "submarine")).results[0].source.id).toBe(late);
  expect(ids(await found(org, "zeppelin", "lexical"))).toEqual([]);

  const shelves = () =>
    superuser`select distinct shelf from search_terms where organization_id = ${org.id} union select shelf from search_vectors where organization_id = ${org.id}`;
  await until(async () => (await shelves()).length === 1);
  expect(await shelves()).toEqual([{ shelf: moved.shelf }]);
  const left =
    await superuser`select shelf, count(*)::integer as entries from search_terms where organization_id = ${org.id} group by 1`;
  expect(left.map(({ shelf }) => shelf)).toEqual([moved.shelf]);
  const counted = await superuser`
    select corpus, term, count(*)::integer as entries from search_terms t, unnest(t.terms) as term where organization_id = ${org.id} group by 1, 2 order by 1, 2`;
  expect(await statistics(org)).toEqual(counted);
  const graphs =
    await superuser`select indexname from pg_indexes where indexname like ${`search_vectors_${moved.shelf}_graph_%`}`;
  expect(graphs).toHaveLength(2);
}, 120_000);

test("the worker's role makes no shelf by itself", async () => {
  for (const call of ["make_shelf(99::smallint)", "make_graph(0::smallint, 1::smallint, 'x')"])
    await expect(asTenant(null, `select ${call}`)).rejects.toThrow(/permission denied/);
});
