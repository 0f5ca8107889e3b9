import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { counts, type Entry, entries, type Leaf } from "../../scripts/seeds.ts";

/**
 * What a `pg_dump --schema-only` holds, as an entry's `to` names it: `table`, `table.column`, `index i` (keys and unique
 * constraints are indexes too), `constraint c`, `view v`, `function f`, `trigger t`, `policy p on table`, `extension e`.
 */
function namesIn(dump: string): Set<string> {
  const names = new Set<string>();
  const bare = (name: string) => name.replace(/^public\./, "").replaceAll('"', "");
  const collect = (pattern: RegExp, name: (...groups: string[]) => string | string[]) => {
    for (const [, ...groups] of dump.matchAll(pattern)) for (const one of [name(...groups)].flat()) names.add(one);
  };
  collect(/^CREATE TABLE ([\w."]+) \(\n(.*?)\n\)/gms, (table = "", body = "") => [
    bare(table),
    ...body
      .split("\n")
      .flatMap((line) => line.match(/^ {4}("[^"]+"|\w+) /)?.[1] ?? [])
      .filter((word) => word !== "CONSTRAINT")
      .map((column) => `${bare(table)}.${bare(column)}`),
  ]);
  collect(/\bCONSTRAINT ([\w"]+) (?:PRIMARY KEY|UNIQUE)/g, (name = "") => [
    `constraint ${bare(name)}`,
    `index ${bare(name)}`,
  ]);
  collect(/\bCONSTRAINT ([\w"]+) (?:FOREIGN KEY|CHECK)/g, (name = "") => `constraint ${bare(name)}`);
  collect(/^CREATE (?:UNIQUE )?INDEX ([\w"]+) /gm, (name = "") => `index ${bare(name)}`);
  collect(/^CREATE (?:MATERIALIZED )?VIEW ([\w."]+) /gm, (name = "") => `view ${bare(name)}`);
  collect(/^CREATE FUNCTION ([\w."]+)\(/gm, (name = "") => `function ${bare(name)}`);
  collect(/^CREATE TRIGGER ([\w"]+) /gm, (name = "") => `trigger ${bare(name)}`);
  collect(
    /^CREATE POLICY ([\w"]+) ON ([\w."]+) /gm,
    (name = "", table = "") => `policy ${bare(name)} on ${bare(table)}`,
  );
  collect(/^CREATE EXTENSION IF NOT EXISTS ([\w"]+) /gm, (name = "") => `extension ${bare(name)}`);
  return names;
}

const said = ({ seed, kind, name }: Entry) => `${seed} ${kind}: ${name}`;

const pointingAtNothing = (all: Entry[], existing: Set<string>) =>
  all.filter(({ leaf }) => leaf.to !== undefined && !existing.has(leaf.to)).map((it) => `${said(it)} → ${it.leaf.to}`);

/** Of its three forms an entry has exactly one, complete; issues 2 and 3, whose tables stand, may leave nothing open. */
function isWellFormed({ to, why, issue, as, ...rest }: Leaf): boolean {
  const isText = (value: unknown) => typeof value === "string" && value.trim() !== "";
  const forms = [isText(to), isText(why), Number.isInteger(issue) && issue! >= 4 && issue! <= 13];
  const given = [to, why, issue].filter((form) => form !== undefined).length;
  return (
    given === 1 &&
    forms.includes(true) &&
    Object.keys(rest).length === 0 &&
    (as === undefined || (issue !== undefined && isText(as)))
  );
}

function countsOf(all: Entry[]) {
  const found: typeof counts = {};
  for (const { seed, kind } of all) {
    found[seed] ??= Object.fromEntries(Object.keys(counts[seed] ?? {}).map((known) => [known, 0]));
    found[seed][kind] = (found[seed][kind] ?? 0) + 1;
  }
  return found;
}

describe("what the seeds ask for", () => {
  test("stands in our database where an entry says so", () => {
    const dump = readFileSync(new URL("../../db/schema.sql", import.meta.url), "utf8");
    expect(pointingAtNothing(entries, namesIn(dump))).toEqual([]);
  });

  test("is ours, or has a reason, or an issue to come, and never two of them", () => {
    expect(entries.filter(({ leaf }) => !isWellFormed(leaf)).map(said)).toEqual([]);
  });

  test("cannot be forgotten silently: the entries of each kind are as many as the file's head says", () => {
    expect(countsOf(entries)).toEqual(counts);
  });
});

describe("the checks themselves", () => {
  const fixture = `
CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;
CREATE FUNCTION public.touch(p_id uuid) RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin return new; end $$;
CREATE TABLE public.bots (
    id uuid DEFAULT public.made_up() CONSTRAINT bots_id_not_null NOT NULL,
    "timestamp" timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT bots_status CHECK ((status = ANY (ARRAY['a'::text, 'b'::text])))
)
PARTITION BY RANGE (id);
CREATE VIEW public.live_bots WITH (security_invoker='true') AS
 SELECT id FROM public.bots;
CREATE MATERIALIZED VIEW bsim.exetable AS
 SELECT id FROM public.bots;
ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_pk PRIMARY KEY (id);
ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_of_team FOREIGN KEY (id) REFERENCES public.teams(id) ON DELETE CASCADE;
CREATE UNIQUE INDEX bots_by_time ON ONLY public.bots USING btree ("timestamp");
CREATE TRIGGER bots_touched BEFORE UPDATE ON public.bots FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE POLICY tenant ON public.bots TO app USING (true);
`;

  test("a dump is read whole: tables, columns, indexes, constraints, views, functions, triggers, policies", () => {
    expect([...namesIn(fixture)].sort()).toEqual([
      "bots",
      "bots.id",
      "bots.timestamp",
      "constraint bots_of_team",
      "constraint bots_pk",
      "constraint bots_status",
      "extension vector",
      "function touch",
      "index bots_by_time",
      "index bots_pk",
      "policy tenant on bots",
      "trigger bots_touched",
      "view bsim.exetable",
      "view live_bots",
    ]);
  });

  test("an entry that points at a made-up name is reported", () => {
    const entry = (to: string) => ({ seed: "000", kind: "columns", name: "exetable.md5", leaf: { to } });
    const made = ["bots.name", "index bots", "policy tenant on teams", "view bots", "function made_up"];
    expect(pointingAtNothing(["bots.id", ...made].map(entry), namesIn(fixture))).toEqual(
      made.map((to) => `000 columns: exetable.md5 → ${to}`),
    );
  });

  test.each([
    {},
    { why: " " },
    { to: "" },
    { issue: 2 },
    { issue: 14 },
    { to: "bots", why: "because" },
    { to: "", issue: 3 },
    { why: "because", as: "bots" },
    { issue: 3, as: "" },
    { to: "bots", note: "more" },
  ])("%j is no entry", (leaf) => {
    expect(isWellFormed(leaf)).toBe(false);
  });

  test("an entry that vanished, or a kind that nobody counted, is noticed", () => {
    expect(countsOf(entries.slice(1))).not.toEqual(counts);
    expect(countsOf([...entries, { ...entries[0]!, kind: "rumours" }])).not.toEqual(counts);
  });
});
