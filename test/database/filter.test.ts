import { type SQL, sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { CORPORA } from "../../db/corpora.ts";
import { conditionsOf, type Filter, type Filterable } from "../../db/filter.ts";
import { Filter as FilterSchema } from "../../functions/kernel/retrieval/filter.ts";
import { asTenant, organization, type TestOrganization } from "../harness.ts";

const compiled = (query: SQL) => new PgDialect().sqlToQuery(query);
const ID = "01999999-9999-7999-8999-999999999999";
const THING: Filterable = {
  fields: {
    id: { type: "id", sql: sql`t.id` },
    name: { type: "text", sql: sql`t.name` },
    kind: { type: "word", words: ["a", "b"], sql: sql`t.kind` },
    size: { type: "number", sql: sql`t.size` },
    at: { type: "time", sql: sql`t.at` },
    tree: { type: "id", sql: sql`t.tree`, below: (ids) => sql`(below ${ids})` },
  },
  metadata: [sql`t.metadata`],
};
const EACH = (cast: string) => `(select v::${cast} from jsonb_array_elements_text($1::jsonb) v)`;
const [REGION, YEAR] = [["region", "code"], ["year"]];

test.each<[Filter, string, unknown[]]>([
  [{ id: ID }, "t.id = $1::uuid", [ID]],
  [{ id: { in: [ID] } }, `t.id = any (array${EACH("uuid")})`, [`["${ID}"]`]],
  [{ tree: ID }, `t.tree = any (array(below ${EACH("uuid")}))`, [`["${ID}"]`]],
  [{ tree: { notIn: [ID] } }, `(t.tree in (below ${EACH("uuid")})) is not true`, [`["${ID}"]`]],
  [{ name: "Kettle" }, "t.name = $1::text", ["Kettle"]],
  [{ name: { in: [] } }, `(t.name in ${EACH("text")}) is true`, ["[]"]],
  [{ kind: { notIn: ["a", "b"] } }, `(t.kind in ${EACH("text")}) is not true`, ['["a","b"]']],
  [{ size: 1.5 }, "t.size = $1::numeric", [1.5]],
  [{ size: { gt: 1, lte: 3 } }, "t.size > $1::numeric and t.size <= $2::numeric", [1, 3]],
  [{ at: { gte: "2026-01-01T00:00:00Z" } }, "t.at >= $1::timestamptz", ["2026-01-01T00:00:00Z"]],
  [{ "metadata.region.code": "EU" }, "t.metadata #> $1::text[] = $2::jsonb", [REGION, '"EU"']],
  [{ "metadata.year": 2020 }, "t.metadata #> $1::text[] = $2::jsonb", [YEAR, "2020"]],
  [
    { "metadata.year": { in: [2020, "2021", true] } },
    "(t.metadata #> $1::text[] in (select v from jsonb_array_elements($2::jsonb) v)) is true",
    [YEAR, '[2020,"2021",true]'],
  ],
  [
    { "metadata.year": { gte: 2020 } },
    "jsonb_typeof(t.metadata #> $1::text[]) = 'number' and t.metadata #> $2::text[] >= $3::jsonb",
    [YEAR, YEAR, "2020"],
  ],
  [
    { "metadata.year": { lt: "2030-01" } },
    `jsonb_typeof(t.metadata #> $1::text[]) = 'string' and (t.metadata #> $2::text[] #>> '{}') collate "C" < $3::text`,
    [YEAR, YEAR, "2030-01"],
  ],
  [{ "metadata.year": { exists: true } }, "t.metadata #> $1::text[] is not null", [YEAR]],
  [{ "metadata.year": { exists: false } }, "t.metadata #> $1::text[] is null", [YEAR]],
  [
    { "metadata.year": { containsAll: [2020, "a"] } },
    "jsonb_typeof(t.metadata #> $1::text[]) = 'array' and t.metadata #> $2::text[] @> $3::jsonb",
    [YEAR, YEAR, '[2020,"a"]'],
  ],
  [{ name: { containsAny: ["a"] } }, "false", []],
  [{ id: ID, name: "Kettle" }, "t.id = $1::uuid and t.name = $2::text", [ID, "Kettle"]],
  [{ colour: "red" }, "false", []],
  [{ constructor: "red" }, "false", []],
])("%j is exact SQL", (filter, text, params) => {
  expect(compiled(sql.join(conditionsOf(filter, THING), sql` and `))).toMatchObject({ sql: text, params });
});

test("of several metadata the first that has something says what is there", () => {
  const [condition] = conditionsOf({ "metadata.year": 2020 }, { fields: {}, metadata: [sql`t.own`, sql`t.found`] });
  expect(compiled(condition!)).toMatchObject({
    sql: "coalesce(t.own #> $1::text[], t.found #> $2::text[]) = $3::jsonb",
    params: [YEAR, YEAR, "2020"],
  });
});

test("where there is no metadata, a condition on it has no match", () => {
  const conditions = conditionsOf({ "metadata.year": { notIn: [1] } }, { fields: {} });
  expect(compiled(conditions[0]!).sql).toBe("false");
});

test("no word of the caller's is in the SQL", () => {
  const filterOf = (path: string, value: string): Filter => ({
    name: value,
    kind: { in: [value], notIn: [value] },
    [`metadata.${path}`]: { in: [value], gt: value, lte: 5 },
  });
  const harmless = compiled(sql.join(conditionsOf(filterOf("a", "b"), THING))).sql;
  fc.assert(
    fc.property(fc.string(), fc.string(), (path, value) => {
      expect(compiled(sql.join(conditionsOf(filterOf(path, value), THING))).sql).toBe(harmless);
    }),
  );
});

test.each<[string, object, string]>([
  ["a field that no corpus knows", { owner: "me" }, "owner"],
  ["metadata without a path", { metadata: "x" }, "metadata"],
  ["an empty segment", { "metadata.a..b": 1 }, "metadata.a..b"],
  ["a path of 11 segments", { [`metadata${".a".repeat(11)}`]: 1 }, `metadata${".a".repeat(11)}`],
  ["no id", { documentId: "1' or true" }, "documentId"],
  ["a list without `in`", { documentId: [ID] }, "documentId"],
  ["no id among ids", { documentId: { in: [ID, "x"] } }, "documentId.in.1"],
  ["1,001 values", { documentId: { in: Array(1_001).fill(ID) } }, "documentId.in"],
  ["no operator", { documentId: {} }, "documentId"],
  ["an unknown operator", { documentId: { near: ID } }, "documentId.near"],
  ["a range of ids", { documentId: { gte: ID } }, "documentId.gte"],
  ["a word that is not on the list", { documentType: { in: ["safety", "poem"] } }, "documentType.in.1"],
  ["a number for text", { language: 5 }, "language"],
  ["256 characters", { title: "x".repeat(256) }, "title"],
  ["what no database stores", { title: { in: ["\u0000"] } }, "title.in.0"],
  ["one moment", { createdAt: "2026-01-01T00:00:00Z" }, "createdAt"],
  ["a time without a zone", { createdAt: { gte: "2026-01-01T00:00:00" } }, "createdAt.gte"],
  ["the year 0", { createdAt: { gte: "0000-01-01T00:00:00Z" } }, "createdAt.gte"],
  ["null", { "metadata.a": null }, "metadata.a"],
  ["null among values", { "metadata.a": { in: [1, null] } }, "metadata.a.in.1"],
  ["what is contained without a list", { "metadata.tags": { containsAny: "a" } }, "metadata.tags.containsAny"],
  ["what a text contains", { title: { containsAll: ["a"] } }, "title.containsAll"],
  ["a range of booleans", { "metadata.a": { gte: true } }, "metadata.a.gte"],
  ["21 fields", Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`metadata.a${n}`, n])), ""],
])("%s is refused by name", (_, filter, path) => {
  const [issue] = FilterSchema.safeParse(filter).error!.issues;
  const keys = issue!.code === "unrecognized_keys" ? issue!.keys : [];
  expect([...issue!.path, ...keys].join(".")).toBe(path);
});

test("20 fields of 1,000 values each are taken", () => {
  const values = Array.from({ length: 1_000 }, (_, n) => n);
  const filter = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`metadata.a${n}`, { in: values }]));
  expect(FilterSchema.parse(filter)).toEqual(filter);
});

/** Ids of the sources that a filter leaves to the staff. */
async function left(org: TestOrganization, corpus: keyof typeof CORPORA, filter: Filter) {
  const { sql: text, params } = compiled(CORPORA[corpus].sources(filter, { audience: "staff" })!);
  const [row] = await asTenant<{ ids: string[] }>(org.id, `select ${text} as ids`, params);
  return row!.ids;
}

describe("of metadata", () => {
  /** JSON of every kind; undefined: there is none. */
  const VALUES = [
    undefined,
    null,
    true,
    false,
    -1,
    0,
    1,
    1.5,
    1e300,
    "",
    "1",
    "a",
    "Z",
    "é",
    "ﬀ",
    "𝄞",
    [],
    [1],
    [1, "a", true],
    {},
    { a: 1 },
  ];
  const SCALARS = VALUES.filter((value) => typeof value !== "object" && value !== undefined);
  let org: TestOrganization;
  const ids: string[] = [];
  beforeAll(async () => {
    org = await organization();
    ids.push(...VALUES.map(() => crypto.randomUUID()));
    const rows = VALUES.map((value, n) => ({ id: ids[n], metadata: { deep: { 'odd "key"\\,{}': value } } }));
    await asTenant(
      org.id,
      `insert into products (id, name, category, metadata) select r.id, 'Thing', 'Things', r.metadata
        from jsonb_to_recordset($1::jsonb) r(id uuid, metadata jsonb)`,
      [JSON.stringify(rows)],
    );
  });
  const valuesLeft = async (operators: Filter[string]) => {
    const found = await left(org, "product", { 'metadata.deep.odd "key"\\,{}': operators });
    return VALUES.filter((_, n) => found.includes(ids[n]!));
  };
  const among = (values: unknown[]) => (value: unknown) => values.includes(value);
  const inOrder = (a: unknown, b: unknown) =>
    typeof a === "string" ? Buffer.compare(Buffer.from(a), Buffer.from(b as string)) : (a as number) - (b as number);
  const compares = (bound: unknown, holds: (order: number) => boolean) => (value: unknown) =>
    typeof value === typeof bound && holds(inOrder(value, bound));

  test.each(SCALARS)("%j equals itself and nothing else, and is left out by notIn alone", async (scalar) => {
    const value = scalar as string | number | boolean;
    const [equal, others] = [VALUES.filter(among([value])), VALUES.filter((each) => each !== value)];
    expect(await valuesLeft(value)).toEqual(equal);
    expect(await valuesLeft({ in: [value] })).toEqual(equal);
    expect(await valuesLeft({ notIn: [value] })).toEqual(others);
  });

  test.each(SCALARS.filter((value) => typeof value !== "boolean"))(
    "%j is compared with its like alone",
    async (each) => {
      const bound = each as string | number;
      expect(await valuesLeft({ gt: bound })).toEqual(VALUES.filter(compares(bound, (order) => order > 0)));
      expect(await valuesLeft({ gte: bound })).toEqual(VALUES.filter(compares(bound, (order) => order >= 0)));
      expect(await valuesLeft({ lt: bound })).toEqual(VALUES.filter(compares(bound, (order) => order < 0)));
      expect(await valuesLeft({ lte: bound })).toEqual(VALUES.filter(compares(bound, (order) => order <= 0)));
    },
  );

  test("a path leads somewhere, or not; a JSON null is somewhere", async () => {
    expect(await valuesLeft({ exists: true })).toEqual(VALUES.slice(1));
    expect(await valuesLeft({ exists: false })).toEqual([undefined]);
  });

  test("arrays contain all or one of some values; nothing else does", async () => {
    expect(await valuesLeft({ containsAll: [1] })).toEqual([[1], [1, "a", true]]);
    expect(await valuesLeft({ containsAll: ["a", 1] })).toEqual([[1, "a", true]]);
    expect(await valuesLeft({ containsAll: [] })).toEqual([[], [1], [1, "a", true]]);
    expect(await valuesLeft({ containsAny: ["a", 1] })).toEqual([[1], [1, "a", true]]);
    expect(await valuesLeft({ containsAny: ["1", true] })).toEqual([[1, "a", true]]);
    expect(await valuesLeft({ containsAny: [] })).toEqual([]);
  });

  test("every operator must hold", async () => {
    expect(await valuesLeft({ gte: 0, lt: 2, notIn: [1] })).toEqual([0, 1.5]);
    expect(await valuesLeft({ in: [] })).toEqual([]);
    expect(await valuesLeft({ gte: 0, lt: "b" })).toEqual([]);
  });
});

describe("of documents", () => {
  let org: TestOrganization;
  const ids: Record<string, string> = {};
  const documentsLeft = async (filter: Filter) => {
    const found = await left(org, "document_chunk", filter);
    return Object.keys(ids).filter((title) => found.includes(ids[title]!));
  };
  const kettle = crypto.randomUUID();
  beforeAll(async () => {
    org = await organization();
    await asTenant(org.id, "insert into products (id, name, category) values ($1, 'Kettle', 'Kitchen')", [kettle]);
    const rows = [
      { title: "manual", type: "technical", language: "en", product: kettle, at: "2026-01-01T00:00:00Z" },
      { title: "leaflet", type: "marketing", language: "ja", product: null, at: "2026-02-01T00:00:00Z" },
      { title: "safety", type: "safety", language: null, product: kettle, at: "2026-03-01T00:00:00Z" },
    ].map((row) => Object.assign(row, { id: crypto.randomUUID() }));
    for (const { id, title } of rows) ids[title] = id;
    await asTenant(
      org.id,
      `insert into documents (id, title, filename, storage_key, file_size, mime_type, content_hash, product_id, document_type,
          language, created_at)
        select r.id, r.title, r.title, r.title, 1, 'text/plain', r.title, r.product, r.type, r.language, r.at
        from jsonb_to_recordset($1::jsonb) r(id uuid, title text, type text, language text, product uuid, at timestamptz)`,
      [JSON.stringify(rows)],
    );
  });

  test("each field narrows, and a document without a value is left by notIn alone", async () => {
    expect(await documentsLeft({ documentId: ids.manual! })).toEqual(["manual"]);
    expect(await documentsLeft({ documentId: { in: [ids.manual!, ids.safety!, crypto.randomUUID()] } })).toEqual([
      "manual",
      "safety",
    ]);
    expect(await documentsLeft({ productId: kettle })).toEqual(["manual", "safety"]);
    expect(await documentsLeft({ productId: { notIn: [kettle] } })).toEqual(["leaflet"]);
    expect(await documentsLeft({ documentType: { in: ["technical", "safety"] } })).toEqual(["manual", "safety"]);
    expect(await documentsLeft({ language: "ja" })).toEqual(["leaflet"]);
    expect(await documentsLeft({ language: { notIn: ["ja"] } })).toEqual(["manual", "safety"]);
    expect(await documentsLeft({ title: "leaflet" })).toEqual(["leaflet"]);
    expect(await documentsLeft({ createdAt: { gte: "2026-02-01T00:00:00Z" } })).toEqual(["leaflet", "safety"]);
    expect(await documentsLeft({ createdAt: { gt: "2026-01-01T00:00:00Z", lt: "2026-03-01T00:00:00Z" } })).toEqual([
      "leaflet",
    ]);
    expect(await documentsLeft({ productId: kettle, documentType: "safety" })).toEqual(["safety"]);
    expect(await documentsLeft({ category: "Kitchen" })).toEqual(["manual", "safety"]);
    expect(await documentsLeft({ category: { notIn: ["Kitchen"] } })).toEqual(["leaflet"]);
  });

  test("the uploader's metadata goes before what the file says of itself", async () => {
    await asTenant(
      org.id,
      `update documents set extracted_metadata = '{"author": "File", "pages": 3}',
        metadata = case title when 'manual' then '{"author": "Ann"}'::jsonb when 'safety' then '{"author": null}' else '{}' end`,
    );
    expect(await documentsLeft({ "metadata.author": "Ann" })).toEqual(["manual"]);
    expect(await documentsLeft({ "metadata.author": "File" })).toEqual(["leaflet"]);
    expect(await documentsLeft({ "metadata.pages": { gte: 3 } })).toEqual(["manual", "leaflet", "safety"]);
  });

  test("another organization's are never left", async () => {
    expect(await left(await organization(), "document_chunk", { documentId: { in: Object.values(ids) } })).toEqual([]);
  });
});
