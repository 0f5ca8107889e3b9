import { neon } from "@neondatabase/serverless";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { maintained, newChatbot, talked } from "../conversations/talk.ts";
import {
  asTenant,
  fixturesOf,
  idle,
  organization,
  settled,
  stack,
  superuser,
  type TestOrganization,
} from "../harness.ts";
import { called, makeMonth } from "../usage/calls.ts";

/** May be added to and never changed, and outlive whom they tell of. */
const LEDGERS = ["events", "ai_usage", "ai_usage_archive", "search_log"];

let ours: TestOrganization;
let theirs: TestOrganization;
let theirDocument: string;
beforeAll(async () => {
  [ours, theirs] = [await organization("Ours"), await organization("Theirs")];
  for (const org of [ours, theirs]) {
    const fixtures = fixturesOf(org);
    for (const make of [fixtures.member, fixtures.product, fixtures.conversation, fixtures.assignment, fixtures.job])
      await make();
    theirDocument = await fixtures.document();
    await settled(org, theirDocument);
    await fillSearchTables(org);
  }
});

async function fillSearchTables(org: TestOrganization) {
  const { body } = await org.call("POST", "/v1/search", { query: "warranty" });
  const judgments = [{ entryId: body.results[0].id, relevance: 3 }];
  for (const [method, path, content] of [
    ["POST", `/v1/search/${body.id}/feedback`, { judgments }],
    ["PATCH", "/v1/search-settings/product", { rerank: false }],
    [
      "PUT",
      "/v1/chunking-settings/safety",
      { chunkTokens: 200, overlapTokens: 0, chunkType: null, contextualPrefix: false },
    ],
    ["PATCH", "/v1/model-routes/judge", { model: "haiku" }],
    ["POST", "/v1/index-checks", undefined],
    ["POST", "/v1/file-check", undefined],
    ["POST", "/v1/admin-feedback", await complaint(org)],
  ] as const)
    expect([path, (await org.call(method, path, content)).status < 300]).toEqual([path, true]);
  await idle(org);
  await fixturesOf(org).embeddingMigration();
  await fixturesOf(org).eval();
  await fixturesOf(org).questionProposal();
  await fixturesOf(org).curatedAnswer();
  await fixturesOf(org).website();
  await fixturesOf(org).webPage();
  await org.call("DELETE", `/v1/end-users/${await fixturesOf(org).endUser()}`);
  await fixturesOf(org).webhookDelivery();
  await fixturesOf(org).judgedMessage();
  await fixturesOf(org).attachment();
  await org.call("PATCH", "/v1/organization", { settings: { semanticMessageSearch: true } });
  const embedded = () => asTenant(org.id, "select true from message_vectors");
  await vi.waitFor(async () => expect(await embedded()).not.toEqual([]), { timeout: 25_000, interval: 100 });
  await asTenant(org.id, "select roll_up_metrics(3)");
  const budget = await fixturesOf(org).budget();
  await asTenant(
    org.id,
    "insert into budget_reservations (id, budget_id, amount, expires_at) values (gen_random_uuid(), $1, 1, now())",
    [budget],
  );
  await archived(org);
  // Only the night's cron writes it; the right is lent for this row.
  await superuser`grant insert on search_days to edgelore_app`;
  await asTenant(org.id, "insert into search_days values ($1, '2026-01-01', 1, 1, 0, 0, 1, 1, 1, 0, null)", [org.id]);
  await superuser`revoke insert on search_days from edgelore_app`;
}

const complaint = async (org: TestOrganization) => ({
  chatbotId: (await fixturesOf(org).unansweredQuestion()).chatbotId,
  feedbackText: "It does not know.",
  feedbackType: "accuracy",
  severity: "high",
});

/** A conversation and a call of long ago. */
async function archived(org: TestOrganization) {
  await talked(org, { chatbotId: await newChatbot(org), daysAgo: 40 });
  const long = new Date(Date.now() - 100 * 86_400_000);
  await makeMonth(long.getUTCFullYear(), long.getUTCMonth() + 1);
  await called(org, { at: long });
  for (const call of ["conversations", "message_archive", "usage_archive"]) await maintained(`maintain_${call}(1000)`);
}

const tables = async () =>
  (
    await superuser`select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
    where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace`
  ).map(({ name }) => name as string);

describe("whatever SQL the worker's role runs", () => {
  test("without a tenant it sees nothing, also after a transaction that had one", async () => {
    const app = neon(stack.appUrl);
    for (const table of await tables()) {
      expect(await asTenant(null, `select count(*)::int as seen from ${table}`)).toEqual([{ seen: 0 }]);
      expect(await app.query(`select count(*)::int as seen from ${table}`)).toEqual([{ seen: 0 }]);
    }
  });

  test("it sees its own rows and never another's, changes none and deletes none", async () => {
    for (const table of await tables()) {
      const [seen] = await asTenant(
        ours.id,
        `select count(*)::int as own, count(*) filter (where organization_id <> $1)::int as foreign from ${table}`,
        [ours.id],
      );
      expect(seen).toMatchObject({ foreign: 0 });
      if (!["idempotency_keys"].includes(table))
        expect([table, (seen as { own: number }).own > 0]).toEqual([table, true]);
      if (
        [
          ...LEDGERS,
          "search_days",
          "budget_periods",
          "erasures",
          "message_archive",
          "message_traces",
          "chatbot_revisions",
          "webhook_endpoints",
          "webhook_deliveries",
        ].includes(table)
      )
        continue; // may not be deleted at all
      const changed = await asTenant(
        ours.id,
        `with gone as (delete from ${table} where organization_id = $1 returning 1) select count(*)::int as gone from gone`,
        [theirs.id],
      );
      expect(changed).toEqual([{ gone: 0 }]);
    }
  });

  test("it cannot write a row into another organization, nor move one there", async () => {
    await expect(
      asTenant(
        ours.id,
        "insert into products (organization_id, id, name, category) values ($1, gen_random_uuid(), 'x', 'x')",
        [theirs.id],
      ),
    ).rejects.toMatchObject({ code: "42501" });
    await expect(asTenant(ours.id, "update products set organization_id = $1", [theirs.id])).rejects.toMatchObject({
      code: "42501",
    });
  });

  test("a row cannot point at another organization's row", async () => {
    const insert =
      "insert into document_chunks (id, document_id, chunk_index, content, start_offset, end_offset, token_count) values (gen_random_uuid(), $1, 0, 'x', 0, 1, 1)";
    await expect(asTenant(ours.id, insert, [theirDocument])).rejects.toMatchObject({ code: "23503" });
  });

  test("what is told about the past cannot be changed", async () => {
    for (const table of LEDGERS) {
      await expect(asTenant(ours.id, `delete from ${table}`)).rejects.toMatchObject({ code: "42501" });
      await expect(asTenant(ours.id, `update ${table} set created_at = now()`)).rejects.toMatchObject({
        code: "42501",
      });
    }
  });

  test("it cannot reach a partition or read the migrations", async () => {
    for (const attempt of ["select * from search_terms_0", "select * from edgelore_migrations"])
      await expect(asTenant(ours.id, attempt)).rejects.toMatchObject({ code: "42501" });
  });

  // PGlite has one session, a superuser's, that plays the role.
  test.runIf(stack.isNative)("it cannot become another role", async () => {
    for (const attempt of ["set role edgelore_system", "set role edgelore_search", "set role postgres"])
      await expect(asTenant(ours.id, attempt)).rejects.toMatchObject({ code: "42501" });
  });
});

test("a search without a tenant finds nothing, and with one nothing of another", async () => {
  const terms = await asTenant<{ term: number }>(
    theirs.id,
    "select distinct unnest(salted_terms(organization_id, terms)) as term from search_terms",
  );
  const search = `select hybrid_search('{1,2}', '{}', null, '{en}', array[${terms.map(({ term }) => term)}],
    array_fill(1::real, array[${terms.length}]), '[]', '[]', '{}', null, null, null, null, 60, 100, false) as answer`;
  const [mine] = await asTenant<{ answer: { hits: unknown[] } }>(theirs.id, search);
  expect(mine!.answer.hits.length).toBeGreaterThan(0);
  expect(await asTenant(null, search)).toEqual([{ answer: null }]);
  const found = await theirs.call("POST", "/v1/search", { query: "warranty two years", limit: 100 });
  const own = await asTenant<{ id: string }>(theirs.id, "select id from document_chunks union select id from products");
  expect(found.body.results.length).toBeGreaterThan(0);
  for (const { id } of found.body.results) expect(own.map((row) => row.id)).toContain(id);
});

test("the same words have another key in another organization's index", async () => {
  const [a, b] = await Promise.all(
    [ours, theirs].map((org) => asTenant<{ term: number }>(org.id, "select unnest(terms) as term from search_terms")),
  );
  const keys = new Set(a!.map(({ term }) => term));
  expect(b!.filter(({ term }) => keys.has(term))).toEqual([]);
});

test("an organization that goes takes everything with it but its ledger", async () => {
  const org = await organization("Leaving");
  await settled(org, await fixturesOf(org).document());
  await fixturesOf(org).conversation();
  await archived(org);
  const before = await asTenant(org.id, "select count(*)::int as count from search_terms");
  expect(before).toEqual([{ count: 1 }]);
  await deleteOrganization(org.id);
  for (const table of await tables()) {
    const [left] = await asTenant<{ count: number }>(org.id, `select count(*)::int as count from ${table}`);
    expect([table, left!.count > 0]).toEqual([table, LEDGERS.includes(table)]);
  }
});

/** No operation deletes an organization yet, so the worker's role has no right to; it is lent for this test. */
async function deleteOrganization(id: string) {
  await superuser`grant delete on organizations to edgelore_app`;
  try {
    await asTenant(id, "delete from organizations");
  } finally {
    await superuser`revoke delete on organizations from edgelore_app`;
  }
}
