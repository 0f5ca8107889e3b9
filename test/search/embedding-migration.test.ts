import { beforeAll, describe, expect, test } from "vitest";
import { compareAnswers, summarize } from "../../functions/search/model-comparison.ts";
import {
  asTenant,
  idle,
  organization,
  settled,
  stack,
  superuser,
  type TestOrganization,
  uploadText,
} from "../harness.ts";

const TITAN = "amazon.titan-embed-text-v2:0";
const COHERE = "cohere.embed-multilingual-v3";
const ENGLISH = "cohere.embed-english-v3";
const PATH = "/v1/embedding-migrations";
const TEXTS = [
  "The warranty of the kettle lasts 24 months.",
  "Descale the kettle with citric acid once a month.",
  "The toaster browns four slices at once.",
  "Visitors park behind the building.",
];
/** Those and a product. */
const ENTRIES = TEXTS.length + 1;

type Result = { id: string; scores: { vector: number }; source: { id: string } };
type Sample = { query: string; model: string; scores: Map<string, number> };

async function filled(): Promise<TestOrganization> {
  const org = await organization();
  const ids = await Promise.all(TEXTS.map((text, nr) => uploadText(org, text, `Text ${nr}`)));
  await org.call("POST", "/v1/products", {
    name: "Samovar",
    category: "Kitchen",
    description: "Brews for forty guests.",
  });
  await Promise.all(ids.map((id) => settled(org, id)));
  await idle(org);
  return org;
}

async function migrated(org: TestOrganization, model = COHERE): Promise<string> {
  const { status, body } = await org.call("POST", PATH, { model });
  expect(status).toBe(202);
  await ready(org, body.id);
  return body.id;
}

const ready = (org: TestOrganization, id: string) =>
  expect
    .poll(async () => (await org.call("GET", `${PATH}/${id}`)).body.status, { timeout: 25_000, interval: 100 })
    .toBe("ready");

const switchTo = (org: TestOrganization, id: string, to?: "new" | "old") =>
  org.call("POST", `${PATH}/${id}/switch`, { to });

async function search(org: TestOrganization, query: string, limit = 100): Promise<Sample> {
  const { status, body } = await org.call("POST", "/v1/search", { query, mode: "vector", explain: true, limit });
  expect({ query, status, degraded: body.degraded }).toEqual({ query, status: 200, degraded: [] });
  const scores = new Map((body.results as Result[]).map(({ id, scores: { vector } }) => [id, vector]));
  return { query, model: body.explanation.embeddingModel, scores };
}

/** Between two models' vectors a cosine says nothing, here about 0: scores that are those of one model show that none was mixed in. */
function expectSame(sample: Sample, truth: Sample) {
  for (const [entry, score] of truth.scores) {
    expect(sample.scores.has(entry)).toBe(true);
    expect(Math.abs(sample.scores.get(entry)! - score)).toBeLessThan(0.01);
  }
  expect(Math.max(...truth.scores.values())).toBeGreaterThan(0.3);
}

const modelsOf = async (org: TestOrganization) =>
  Object.fromEntries(
    (
      await superuser`select model, count(*)::integer as vectors from search_vectors where organization_id = ${org.id} group by model`
    ).map(({ model, vectors }) => [model, vectors]),
  );
/** What the stand-in does to the next call that has those words. */
const order = (fault: { kind: string; match: string; delayMs?: number }) =>
  fetch(`${stack.bedrockUrl}/faults`, { method: "POST", body: JSON.stringify([{ operation: "invoke", ...fault }]) });

let org: TestOrganization;
let neighbour: TestOrganization;
let id: string;
beforeAll(async () => {
  [org, neighbour] = await Promise.all([filled(), filled()]);
}, 120_000);

const get = async () => (await org.call("GET", `${PATH}/${id}`)).body;
const cachedModels = async () =>
  (await superuser`select distinct model from embedding_cache where organization_id = ${org.id}`).map(
    ({ model }) => model,
  );

test("no search fails or mixes models at any moment of a migration, a switch and the way back", async () => {
  const samples: Sample[] = [];
  let isOver = false;
  let asked = 0;
  // Each question is new, so it is embedded while the models change.
  const searching = [1, 2, 3].map(async () => {
    while (!isOver) samples.push(await search(org, `kettle warranty of customer ${asked++}`));
  });
  id = await migrated(org);
  for (const to of ["new", "old", "new", "old", "new"] as const) {
    await expect.poll(async () => (await switchTo(org, id, to)).status, { timeout: 10_000 }).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  isOver = true;
  await Promise.all(searching);
  expect(new Set(samples.map(({ model }) => model))).toEqual(new Set([TITAN, COHERE]));
  for (const sample of samples.filter((_, nr) => nr % 5 === 0)) {
    const truth = await search(org, sample.query);
    expect(truth.model).toBe(COHERE);
    expectSame(sample, truth);
  }
}, 120_000);

test("a search whose question was embedded before the switch and is asked after it asks the new model with its own embedding", async () => {
  await switchTo(org, id, "old");
  const query = `How long is the warranty, ${crypto.randomUUID()}?`;
  await order({ kind: "slow", match: query, delayMs: 2_000 });
  const searching = search(org, query);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect((await switchTo(org, id)).status).toBe(200);
  const found = await searching;
  expect(found.model).toBe(COHERE);
  await switchTo(org, id, "old");
  const truth = await search(org, query);
  expect(truth.model).toBe(TITAN);
  expectSame(found, truth);
});

describe("an organization that has migrated", () => {
  test("sees how far it has come", async () => {
    const migration = await get();
    expect(migration).toMatchObject({
      fromModel: TITAN,
      toModel: COHERE,
      status: "ready",
      live: true,
      comparison: null,
      switchedAt: null,
    });
    expect(migration.progress).toEqual({ entries: ENTRIES, embedded: ENTRIES });
    expect((await org.call("GET", PATH)).body.items).toEqual([migration]);
    expect(await modelsOf(org)).toEqual({ [TITAN]: ENTRIES, [COHERE]: ENTRIES });
  });

  test("is not switched while a vector is missing, and what is missing is embedded then", async () => {
    await asTenant(org.id, "delete from search_vectors where model = $1 and entry_id in (select id from products)", [
      COHERE,
    ]);
    expect(await switchTo(org, id)).toMatchObject({ status: 409, body: { code: "CONFLICT", missing: 1 } });
    expect((await search(org, "tea for many guests")).model).toBe(TITAN);
    await idle(org);
    expect((await switchTo(org, id)).status).toBe(200);
    await asTenant(org.id, "delete from search_vectors where model = $1", [TITAN]);
    expect(await switchTo(org, id, "old")).toMatchObject({ status: 409, body: { missing: ENTRIES } });
    await idle(org);
    expect(await switchTo(org, id, "old")).toMatchObject({ status: 200, body: { status: "ready", switchedAt: null } });
  });

  test("switches and switches back, and the same once more changes nothing", async () => {
    for (const [to, model, status] of [
      ["new", COHERE, "switched"],
      ["old", TITAN, "ready"],
    ] as const) {
      const switched = await switchTo(org, id, to);
      expect(switched).toMatchObject({ status: 200, body: { status, live: true } });
      expect((await switchTo(org, id, to)).body).toEqual(switched.body);
      expect((await search(org, "How long is the warranty?")).model).toBe(model);
    }
    const together = await Promise.all([1, 2, 3, 4].map(() => switchTo(org, id)));
    expect(together.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await get()).switchedAt).not.toBeNull();
    const switches =
      await superuser`select data ->> 'model' as model from events where organization_id = ${org.id} and type = 'embedding-migration.switched' order by id`;
    expect(switches.map(({ model }) => model).slice(-3)).toEqual([COHERE, TITAN, COHERE]);
    await switchTo(org, id, "old");
  });

  test("compares the models on questions of its own", async () => {
    const queries = [{ query: "How long is the warranty?" }, { query: "When does the museum open?" }];
    const { status, body } = await org.call("POST", `${PATH}/${id}/compare`, { queries });
    expect(status).toBe(200);
    // The stand-in's models differ by a rotation.
    expect(body).toMatchObject({ queries: 2, overlapAt10: 1, judged: 0, ndcgAt10: null });
    expect(body.perQuery).toHaveLength(2);
    const { perQuery: _, ...comparison } = body;
    expect((await get()).comparison).toEqual(comparison);
  });

  test("and on those whose results were judged: what the new model loses is seen", async () => {
    expect(await org.call("POST", `${PATH}/${id}/compare`, {})).toMatchObject({
      status: 400,
      body: { errors: [{ path: "queries" }] },
    });
    const query = "warranty of a kettle";
    const [best, second, ...others] = [...(await search(org, query)).scores.keys()];
    const judge = (entry: string, relevance: number) =>
      asTenant(
        org.id,
        "insert into relevance_feedback (id, search_id, corpus, entry_id, query, relevance) values (gen_random_uuid(), gen_random_uuid(), 1, $1, $2, $3)",
        [entry, query, relevance],
      );
    await judge(best!, 3);
    await judge(second!, 1);
    await judge(others.at(-1)!, 0);
    expect((await org.call("POST", `${PATH}/${id}/compare`, {})).body).toMatchObject({
      queries: 1,
      judged: 1,
      ndcgAt10: { from: 1, to: 1 },
    });
    await superuser.query(
      `update search_vectors set embedding = (select ('[' || string_agg((-v)::text, ',') || ']')::halfvec from unnest(embedding::vector::real[]) v)
       where organization_id = $1 and entry_id = $2 and model = $3`,
      [org.id, best, COHERE],
    );
    const { body } = await org.call("POST", `${PATH}/${id}/compare`, {});
    // The second is the first now, and the best comes last.
    const last = 3 / Math.log2(ENTRIES + 1);
    expect(body.ndcgAt10.from).toBe(1);
    expect(body.ndcgAt10.to).toBeCloseTo((1 + last) / (3 + 1 / Math.log2(3)), 6);
    expect(body.perQuery).toEqual([{ query, overlapAt10: 1, ndcgAt10: body.ndcgAt10 }]);
    const told = await org.call("POST", `${PATH}/${id}/compare`, {
      queries: [{ query, relevant: [best] }, { query: "parking" }],
    });
    expect(told.body).toMatchObject({ queries: 2, judged: 1, ndcgAt10: { from: 1 } });
    expect(told.body.ndcgAt10.to).toBeCloseTo(last / 3, 6);
  });

  test("leaves the others as they were", async () => {
    expect(await modelsOf(neighbour)).toEqual({ [TITAN]: ENTRIES });
    expect((await search(neighbour, "How long is the warranty?")).model).toBe(TITAN);
    expect((await neighbour.call("GET", PATH)).body.items).toEqual([]);
  });
});

test("deletion leaves the vectors and embeddings of the model that is asked, and another migration may begin", async () => {
  const first = id;
  await switchTo(org, first);
  await search(org, "warranty");
  expect((await org.call("DELETE", `${PATH}/${first}`)).status).toBe(204);
  expect((await search(org, "warranty")).model).toBe(COHERE);
  await idle(org);
  expect([await modelsOf(org), await cachedModels()]).toEqual([{ [COHERE]: ENTRIES }, [COHERE]]);
  expect((await org.call("GET", `${PATH}/${first}`)).body).toMatchObject({
    status: "switched",
    live: false,
    progress: null,
  });

  const second = await migrated(org, ENGLISH);
  // What has ended neither switches nor ends what lives.
  expect((await switchTo(org, first, "old")).status).toBe(409);
  expect((await org.call("POST", `${PATH}/${first}/compare`, { queries: [{ query: "x" }] })).status).toBe(409);
  expect((await org.call("DELETE", `${PATH}/${first}`)).status).toBe(204);
  expect((await org.call("GET", `${PATH}/${second}`)).body).toMatchObject({ status: "ready", live: true });

  expect((await org.call("DELETE", `${PATH}/${second}`)).status).toBe(204);
  await idle(org);
  expect([await modelsOf(org), await cachedModels()]).toEqual([{ [COHERE]: ENTRIES }, [COHERE]]);
  expect((await org.call("GET", `${PATH}/${second}`)).body).toMatchObject({ status: "cancelled", live: false });
  expect((await org.call("GET", PATH)).body.items.map((item: { id: string }) => item.id)).toEqual([second, first]);
});

test("a document that is uploaded while a migration lives has vectors of both models", async () => {
  ({ id } = (await org.call("POST", PATH, { model: TITAN })).body);
  const early = await uploadText(org, "The observatory is open on clear nights.", "Early");
  await settled(org, early);
  await ready(org, id);
  const late = await uploadText(org, "The planetarium shows Saturn.", "Late");
  await settled(org, late);
  for (const documentId of [early, late]) {
    const models =
      await superuser`select model from search_vectors where organization_id = ${org.id} and source_id = ${documentId} order by model`;
    expect(models.map(({ model }) => model)).toEqual([TITAN, COHERE]);
  }
  expect((await get()).progress).toEqual({ entries: ENTRIES + 2, embedded: ENTRIES + 2 });
  expect((await switchTo(org, id)).status).toBe(200);
  expect((await search(org, "Saturn")).scores.size).toBe(ENTRIES + 2);
  await switchTo(org, id, "old");
});

test("a document does not fail for the model that is not asked; what it lacks is embedded before the switch", async () => {
  const title = `Refused ${crypto.randomUUID()}`;
  await order({ kind: "validation", match: `"inputText":"${title}` });
  const documentId = await uploadText(org, "The barometer falls before a storm.", title);
  expect((await settled(org, documentId)).status).toBe("completed");
  expect(await switchTo(org, id)).toMatchObject({ status: 409, body: { missing: 1 } });
  await idle(org);
  expect((await switchTo(org, id)).status).toBe(200);
  await switchTo(org, id, "old");
});

test("a text that is being embedded when its model is given up leaves no vector of it", async () => {
  const title = `Slow ${crypto.randomUUID()}`;
  const calls = async () =>
    (
      await superuser`select count(*)::integer as calls from ai_usage where organization_id = ${org.id} and model = ${TITAN}`
    )[0]!.calls;
  const before = await calls();
  // The call of the new model, not that of the old one.
  await order({ kind: "slow", match: `"inputText":"${title}`, delayMs: 4_000 });
  const documentId = await uploadText(org, "The sundial is slow in the shade.", title);
  const models = async () =>
    (await superuser`select model from search_vectors where source_id = ${documentId}`).map(({ model }) => model);
  await expect.poll(models, { timeout: 15_000 }).toEqual([COHERE]);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await org.call("DELETE", `${PATH}/${id}`);
  // The queue here runs one job after another, so this one would clean up behind it.
  await asTenant(org.id, "delete from jobs where kind = 'embedding-migration.clean'");
  expect((await settled(org, documentId)).status).toBe("completed");
  await idle(org);
  expect(await calls()).toBe(before + 1);
  expect(await models()).toEqual([COHERE]);
});

test("of several migrations begun at once one is made", async () => {
  const models = [COHERE, ENGLISH, COHERE, ENGLISH];
  const replies = await Promise.all(models.map((model) => neighbour.call("POST", PATH, { model })));
  expect(replies.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
  const made = replies.find(({ status }) => status === 202)!.body;
  await ready(neighbour, made.id);
  expect((await neighbour.call("GET", PATH)).body.items).toHaveLength(1);
  expect(await modelsOf(neighbour)).toEqual({ [TITAN]: ENTRIES, [made.toModel]: ENTRIES });
});

test("a migration that was given up goes on when its job is tried again", async () => {
  const [{ id, toModel }] = (await neighbour.call("GET", PATH)).body.items;
  const jobId = crypto.randomUUID();
  await asTenant(neighbour.id, "delete from search_vectors where model = $1", [toModel]);
  await asTenant(neighbour.id, "update embedding_migrations set status = 'failed', failure_reason = 'It broke.'");
  await asTenant(
    neighbour.id,
    "insert into jobs (id, kind, subject_id, failed_at, last_error, attempts) values ($1, 'embedding-migration.embed', $2, now(), 'It broke.', 5)",
    [jobId, id],
  );
  expect(await switchTo(neighbour, id)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining("It broke.") },
  });
  expect((await neighbour.call("POST", `/v1/failed-jobs/${jobId}/replay`)).status).toBe(202);
  await ready(neighbour, id);
  expect((await neighbour.call("GET", `${PATH}/${id}`)).body).toMatchObject({
    failureReason: null,
    progress: { entries: ENTRIES, embedded: ENTRIES },
  });
});

test("an organization without any text changes its model too, but not to an unknown one, nor to the one that is asked", async () => {
  const empty = await organization();
  for (const model of ["openai.ada", TITAN])
    expect(await empty.call("POST", PATH, { model })).toMatchObject({
      status: 400,
      body: { code: "INVALID", errors: [{ path: "model" }] },
    });
  expect((await empty.call("GET", PATH)).body.items).toEqual([]);
  const made = await migrated(empty);
  expect((await empty.call("POST", `${PATH}/${made}/compare`, { queries: [{ query: "x" }] })).body).toMatchObject({
    overlapAt10: 1,
  });
  expect((await switchTo(empty, made)).status).toBe(200);
});

test("the figures of a comparison are those of trec_eval", () => {
  const ten = [..."abcdefghij"];
  const other = [..."jklmnopqra"];
  const judged = compareAnswers({ query: "x", relevant: { a: 3, k: 1 } }, { from: ten, to: other });
  const ideal = 3 + 1 / Math.log2(3);
  expect(judged.overlapAt10).toBe(0.2);
  expect(judged.ndcgAt10!.from).toBeCloseTo(3 / ideal, 9);
  expect(judged.ndcgAt10!.to).toBeCloseTo((1 / Math.log2(3) + 3 / Math.log2(11)) / ideal, 9);
  const unjudged = compareAnswers({ query: "y", relevant: {} }, { from: ten, to: ten });
  const summary = summarize([judged, unjudged]);
  expect(summary).toEqual({ queries: 2, overlapAt10: 0.6, judged: 1, ndcgAt10: judged.ndcgAt10 });
});
