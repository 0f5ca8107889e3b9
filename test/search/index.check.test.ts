import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connect, enterOrganization, openTenant } from "../../db/client.ts";
import { indexEntries } from "../../db/search-entries.ts";
import { asTenant, organization, settled, stack, superuser, type TestOrganization, uploadText } from "../harness.ts";

type Check = {
  corpus: string;
  entries: number;
  indexed: number;
  missing: number;
  orphaned: number;
  outdated: number;
  withoutVector: number;
  statisticsDiffer: boolean;
  repaired: number;
  remaining: number | null;
  completedAt: string | null;
};

const CLEAN = {
  missing: 0,
  orphaned: 0,
  outdated: 0,
  withoutVector: 0,
  statisticsDiffer: false,
  repaired: 0,
  remaining: 0,
};
/** The machine may be busy. */
const PATIENCE_MS = 100_000;
const TIMEOUT_MS = 3 * PATIENCE_MS;
const WORDS = ["kettle", "samovar", "toaster", "grinder", "blender", "kiln"];

let org: TestOrganization;
const withFreshOrganization = () =>
  beforeEach(async () => {
    org = await organization();
  });

/** The newest check of either corpus, once none is waiting or running. */
async function check(): Promise<{ document_chunk: Check; product: Check }> {
  expect((await org.call("POST", "/v1/index-checks")).status).toBe(202);
  return completed();
}

async function completed() {
  const { items } = await until<{ items: Check[]; running: boolean }>(
    async () => (await org.call("GET", "/v1/index-checks?limit=2")).body,
    ({ running }) => !running,
  );
  expect(items.every(({ completedAt }) => completedAt !== null)).toBe(true);
  return Object.fromEntries(items.map((one) => [one.corpus, one])) as { document_chunk: Check; product: Check };
}

async function until<T>(look: () => Promise<T>, isEnough: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (isEnough(seen)) return seen;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const upload = async (count: number) => {
  const ids = await Promise.all(
    Array.from({ length: count }, (_, nr) =>
      uploadText(org, `The ${WORDS[nr % WORDS.length]} AB-${nr} hums. ${crypto.randomUUID()}`),
    ),
  );
  await Promise.all(ids.map((id) => settled(org, id, PATIENCE_MS)));
  return ids;
};

const newProduct = async (fields: object = {}) =>
  (
    await org.call("POST", "/v1/products", {
      name: "Lamp L-7",
      category: "Lights",
      sku: crypto.randomUUID(),
      description: "Shines green.",
      ...fields,
    })
  ).body.id as string;

const allJobsDone = () =>
  until(
    () => asTenant(org.id, "select kind from jobs where failed_at is null"),
    ({ length }) => length === 0,
  );

/** The derived rows but for what may be another each time. */
const derived = () =>
  asTenant(
    org.id,
    `select corpus, entry_id, source_id, language, length, terms, analyzer_version, weights::text from search_terms order by entry_id`,
  );

async function expectTrueStatistics() {
  expect(
    await asTenant(
      org.id,
      `with told as (select corpus, term, sum(entries) as entries from term_stats group by 1, 2 having sum(entries) <> 0),
        true_ones as (select corpus, term, count(*) as entries from search_terms, unnest(terms) as term group by 1, 2)
      select * from told full join true_ones using (corpus, term) where told.entries is distinct from true_ones.entries`,
    ),
  ).toEqual([]);
  expect(
    await asTenant(
      org.id,
      `with told as (select corpus, sum(entries) as entries, sum(length) as length from corpus_stats group by 1 having sum(entries) <> 0),
        true_ones as (select corpus, count(*) as entries, sum(length) as length from search_terms group by 1)
      select * from told full join true_ones using (corpus)
      where (told.entries, told.length) is distinct from (true_ones.entries, true_ones.length)`,
    ),
  ).toEqual([]);
}

describe("a check", { timeout: TIMEOUT_MS }, () => {
  withFreshOrganization();

  test("what was written by an upload and a product is what a check would write", async () => {
    await upload(3);
    const id = await newProduct();
    await newProduct({ name: "Lampe", description: null, sku: null });
    await org.call("PATCH", `/v1/products/${id}`, { description: "Leuchtet in der Nacht, wenn es dunkel ist." });
    await allJobsDone();
    const before = await derived();
    const written = { missing: 0, orphaned: 0, withoutVector: 0, statisticsDiffer: false, remaining: 0 };
    expect(await check()).toMatchObject({
      document_chunk: { ...written, entries: 3, indexed: 3 },
      product: { ...written, entries: 2 },
    });
    await superuser`update search_terms set analyzer_version = 0 where organization_id = ${org.id}`;
    expect(await check()).toMatchObject({
      document_chunk: { outdated: 3, repaired: 3 },
      product: { outdated: 2, repaired: 2 },
    });
    const after = await derived();
    const withoutWeights = (rows: Record<string, unknown>[]) => rows.map(({ weights: _, ...row }) => row);
    expect(withoutWeights(after)).toEqual(withoutWeights(before));
    expect(await check()).toMatchObject({ document_chunk: CLEAN, product: CLEAN });
  });

  test("entries whose lengths are far from each other are weighted with one average, and a check is content with it", async () => {
    for (const words of [5, 2_000, 8])
      await settled(org, await uploadText(org, `${"stone wood water ".repeat(words)} ${crypto.randomUUID()}`));
    await check();
    expect((await check()).document_chunk).toMatchObject(CLEAN);
  });

  test("names that no text has any more are dropped, the others stay", async () => {
    const [gone] = await upload(2);
    const names = async () =>
      (await asTenant<{ name: string }>(org.id, "select name from search_names")).map(({ name }) => name);
    expect(await names()).toEqual(expect.arrayContaining(["ab-0", "ab-1"]));
    await org.call("DELETE", `/v1/documents/${gone}`);
    await check();
    expect(await names()).toContain("ab-1");
    expect(await names()).not.toContain("ab-0");
  });

  test("a check that was begun and left goes on where it stood, one that was given up stays as it was", async () => {
    await upload(1);
    const findings = {
      entries: 1,
      indexed: 0,
      missing: 1,
      orphaned: 0,
      outdated: 0,
      withoutVector: 0,
      statisticsDiffer: false,
    };
    await superuser`insert into index_checks (organization_id, id, corpus, findings, started_at)
    values (${org.id}, ${crypto.randomUUID()}, 1, ${JSON.stringify(findings)}, now() - interval '1 day')`;
    await superuser`insert into jobs (organization_id, id, kind, subject_id, run_after)
    values (${org.id}, ${crypto.randomUUID()}, 'index.check', ${org.id}, now() + interval '1 hour')`;
    const begun = crypto.randomUUID();
    await superuser`insert into index_checks (organization_id, id, corpus, findings, started_at)
    values (${org.id}, ${begun}, 1, ${JSON.stringify(findings)}, now())`;
    await org.call("POST", "/v1/index-checks");
    await expect
      .poll(async () => (await org.call("GET", "/v1/index-checks")).body.running, { timeout: PATIENCE_MS })
      .toBe(false);
    const rows = await superuser`select id, corpus, repaired, completed_at is not null as completed from index_checks
    where organization_id = ${org.id} order by corpus, started_at`;
    expect(rows.map(({ corpus, completed }) => [corpus, completed])).toEqual([
      [1, false],
      [1, true],
      [2, true],
    ]);
    expect(rows[1]).toMatchObject({ id: begun, repaired: 1 });
  });

  test("asked for often while one is pending, it is one check", async () => {
    await superuser`insert into jobs (organization_id, id, kind, subject_id, run_after, lease_until)
    values (${org.id}, ${crypto.randomUUID()}, 'index.check', ${org.id}, now(), now() + interval '1 hour')`;
    const replies = await Promise.all(Array.from({ length: 5 }, () => org.call("POST", "/v1/index-checks")));
    expect(replies.map(({ status, body }) => [status, body])).toEqual(Array(5).fill([202, { running: true }]));
    expect(await superuser`select 1 from jobs where organization_id = ${org.id}`).toHaveLength(1);
    await superuser`delete from jobs where organization_id = ${org.id}`;
  });

  test("uploads, changes and deletions that run meanwhile lose nothing, and the statistics are a fresh count's", async () => {
    const old = await upload(6);
    const product = await newProduct();
    await allJobsDone();
    await superuser`update search_terms set analyzer_version = 0 where organization_id = ${org.id}`;
    await superuser`delete from search_vectors where organization_id = ${org.id}`;
    const storm = Promise.all([
      upload(12),
      ...old.slice(0, 3).map((id) => org.call("DELETE", `/v1/documents/${id}`)),
      ...old.slice(3).map((id) => org.call("POST", `/v1/documents/${id}/reprocess`)),
      ...["Red", "Blue", "Zeppelin"].map((name) => org.call("PATCH", `/v1/products/${product}`, { name })),
      ...Array.from({ length: 4 }, () => asTenant(null, "select maintain_statistics(100000)")),
    ]);
    for (let round = 0; round < 3; round++) await check();
    const [uploaded] = await storm;
    await Promise.all([...old.slice(3), ...uploaded].map((id) => settled(org, id, PATIENCE_MS)));
    await allJobsDone();
    await expectTrueStatistics();
    await check();
    const last = await check();
    expect(await asTenant(org.id, "select kind, last_error from failed_jobs")).toEqual([]);
    expect(last.document_chunk).toMatchObject({ ...CLEAN, entries: 15, indexed: 15 });
    expect(last.product).toMatchObject({ ...CLEAN, entries: 1, indexed: 1 });
    await expectTrueStatistics();
    const [{ name }] = (await asTenant<{ name: string }>(org.id, "select name from products")) as [{ name: string }];
    expect((await org.call("POST", "/v1/search", { query: name, mode: "lexical" })).body.results[0]?.id).toBe(product);
  });

  test("an entry that changed since it was read is not indexed as it was", async () => {
    const id = await newProduct();
    await allJobsDone();
    const versionOf = async () =>
      (await asTenant<{ version: string }>(org.id, "select xmin::text as version from products"))[0]!.version;
    const read = await versionOf();
    await org.call("PATCH", `/v1/products/${id}`, { name: "Zeppelin" });
    const db = connect(stack.appUrl, { endpoint: stack.endpoint, timeoutMs: 15_000 });
    const tenant = openTenant(db, { statements: () => [enterOrganization(db, org.id, { kind: "system", id: null })] });
    const indexedAs = async (version: string) => {
      const entry = { entryId: id, sourceId: id, version, language: "en", length: 1, terms: new Map([[1, 1]]) };
      const [{ rowCount }] = (await tenant.batch([
        indexEntries(tenant, "product", [entry], new Map(), 1),
      ])) as unknown as [{ rowCount: number }];
      return rowCount;
    };
    expect(await indexedAs(read)).toBe(0);
    expect(await indexedAs(await versionOf())).toBe(1);
  });

  test("each night every organization that is searched is checked once", async () => {
    await upload(1);
    const empty = await organization();
    const schedule = () => asTenant(null, "select maintain_index_checks(100000)");
    await Promise.all([schedule(), schedule()]);
    const due =
      await superuser`select organization_id, run_after > now() - interval '1 minute' and run_after < now() + interval '1 hour' as tonight
    from jobs where kind = 'index.check' and organization_id in (${org.id}, ${empty.id})`;
    expect(due).toEqual([{ organization_id: org.id, tonight: true }]);
    await check();
    await schedule();
    expect(await superuser`select 1 from jobs where kind = 'index.check' and organization_id = ${org.id}`).toEqual([]);
  });
});

describe("what is broken is found, repaired, and not found again", { timeout: TIMEOUT_MS }, () => {
  beforeAll(async () => {
    org = await organization();
    await upload(4);
    await check();
  }, TIMEOUT_MS);

  const broken: [what: string, breaking: () => Promise<unknown>, found: Partial<Check>][] = [
    [
      "entries that are not indexed",
      () => superuser`delete from search_terms where organization_id = ${org.id} and entry_id in (
        select entry_id from search_terms where organization_id = ${org.id} order by length, entry_id offset 1 limit 2)`, // so that the mean length stays
      { entries: 4, indexed: 2, missing: 2, repaired: 2 },
    ],
    [
      "entries that are gone",
      () => superuser`insert into search_terms select shelf, organization_id, corpus, gen_random_uuid(), source_id, language, length,
        average_length, analyzer_version, weights, terms from search_terms where organization_id = ${org.id} limit 1`,
      { entries: 4, indexed: 5, orphaned: 1, repaired: 1 },
    ],
    [
      "vectors of entries that are gone",
      () => superuser`insert into search_vectors (shelf, organization_id, corpus, entry_id, model, source_id, embedding)
        select shelf, organization_id, corpus, gen_random_uuid(), model, source_id, embedding
        from search_vectors where organization_id = ${org.id} limit 1`,
      { orphaned: 1, repaired: 1 },
    ],
    [
      "entries of an older analyzer",
      () => superuser`update search_terms set analyzer_version = 0 where organization_id = ${org.id}`,
      { outdated: 4, repaired: 4 },
    ],
    [
      "entries of another average length",
      () => superuser`update search_terms set average_length = average_length * 2 where organization_id = ${org.id}`,
      { outdated: 4, repaired: 4 },
    ],
    [
      "entries without a vector",
      () => superuser`delete from search_vectors where organization_id = ${org.id}`,
      { withoutVector: 4, repaired: 4 },
    ],
    [
      "false statistics of a term",
      () => superuser`insert into term_stats (organization_id, corpus, term, entries)
        select organization_id, corpus, terms[1], 7 from search_terms where organization_id = ${org.id}`,
      { statisticsDiffer: true, repaired: 1 },
    ],
    [
      "statistics that are lost",
      () =>
        superuser.transaction([
          superuser`delete from term_stats where organization_id = ${org.id}`,
          superuser`delete from corpus_stats where organization_id = ${org.id}`,
        ]),
      { statisticsDiffer: true, repaired: 1 },
    ],
    [
      "all of it",
      () =>
        superuser.transaction([
          superuser`delete from search_terms where organization_id = ${org.id}`,
          superuser`delete from search_vectors where organization_id = ${org.id}`,
          superuser`insert into corpus_stats (organization_id, corpus, entries, length) values (${org.id}, 1, 1000, 1)`,
        ]),
      { indexed: 0, missing: 4, withoutVector: 4, statisticsDiffer: true, repaired: 9 },
    ],
  ];
  test.each(broken)("%s", async (_, breaking, found) => {
    const before = await derived();
    await breaking();
    expect((await check()).document_chunk).toMatchObject({ ...CLEAN, ...found });
    expect((await check()).document_chunk).toMatchObject({ ...CLEAN, entries: 4, indexed: 4 });
    await expectTrueStatistics();
    const terms = (rows: Record<string, unknown>[]) =>
      rows.map(({ entry_id, terms, length }) => ({ entry_id, terms, length }));
    expect(terms(await derived())).toEqual(terms(before));
    const reply = await org.call("POST", "/v1/search", { query: "samovar" });
    expect(reply.body.results[0].scores).toMatchObject({ lexicalRank: 1, vectorRank: expect.any(Number) });
  });
});
