import { expect, test } from "vitest";
import { CORPORA } from "../../db/corpora.ts";
import { DEFINERS } from "../../db/definers.ts";
import { superuser } from "../harness.ts";

/** Tables that belong to no organization. */
const SHARED_TABLES = ["ai_models", "cron_runs", "edgelore_migrations"];
const ROLES = ["edgelore_app", "edgelore_search", "edgelore_system"];

const unprotected = () => superuser`
  select c.relname from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> all (${SHARED_TABLES})
    and not (c.relrowsecurity and c.relforcerowsecurity
      and exists (select from pg_policy p where p.polrelid = c.oid and p.polroles = array['edgelore_app'::regrole::oid]
        and pg_get_expr(p.polqual, p.polrelid) ~ 'current_organization' and pg_get_expr(p.polwithcheck, p.polrelid) ~ 'current_organization'))`;

test("every table of an organization forces row security on everybody, for reading and for writing", async () => {
  expect(await unprotected()).toEqual([]);
});

test("a table without it would be found", async () => {
  await superuser`create table forgotten (organization_id uuid)`;
  try {
    expect(await unprotected()).toEqual([{ relname: "forgotten" }]);
  } finally {
    await superuser`drop table forgotten`;
  }
});

test("no role of ours passes row security, owns a table, or inherits another", async () => {
  expect(
    await superuser`select rolname from pg_roles where rolname = any (${ROLES}) and (rolsuper or rolbypassrls or rolcreaterole)`,
  ).toEqual([]);
  expect(
    await superuser`select relname from pg_class where relowner in (select oid from pg_roles where rolname = any (${ROLES}))`,
  ).toEqual([]);
  const inherited = await superuser`
    select r.rolname as role, m.rolname as member from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member
    where r.rolname = any (${ROLES}) and a.inherit_option`;
  expect(inherited).toEqual([]);
});

test("the worker's role has no right on partitions, and may only add to the logs", async () => {
  const rights = await superuser`
    select table_name, privilege_type from information_schema.role_table_grants where grantee = 'edgelore_app'`;
  const on = (name: string) =>
    rights
      .filter((right) => right.table_name === name)
      .map((right) => right.privilege_type)
      .sort();
  const partitions = await superuser`select relname from pg_class where relispartition and relkind = 'r'`;
  expect(partitions.length).toBeGreaterThan(5);
  for (const { relname } of partitions) expect(on(relname as string)).toEqual([]);
  for (const log of ["events", "ai_usage"]) expect(on(log)).toEqual(["INSERT", "SELECT"]);
  for (const archive of ["message_archive", "ai_usage_archive"]) expect(on(archive)).toEqual(["SELECT"]);
  expect(on("edgelore_migrations")).toEqual([]);
});

const definers = () => superuser`
  select p.proname as name, pg_get_userbyid(p.proowner) as owner, p.proconfig as settings,
    has_function_privilege('public', p.oid, 'execute') as "isPublic",
    pg_get_userbyid(p.proowner) = (select tableowner from pg_tables where tablename = 'organizations') as "isOwners"
  from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
    and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`;

test("exactly the listed functions act with another's rights, pinned, and nobody else may call them", async () => {
  const found = await definers();
  expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(DEFINERS).sort());
  for (const { name, owner: role, settings, isPublic, isOwners } of found) {
    const { owner: expected } = DEFINERS[name as keyof typeof DEFINERS];
    expect([name, expected === "owner" ? isOwners : role === expected]).toEqual([name, true]);
    expect(settings).toContain("search_path=pg_catalog, public, pg_temp");
    expect(isPublic).toBe(false);
  }
});

test("views show what their reader may see", async () => {
  const open =
    await superuser`select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
    and not coalesce(reloptions, '{}') @> array['security_invoker=true']`;
  expect(open).toEqual([]);
});

test("a row cannot name a row of another organization: foreign keys carry the organization", async () => {
  const loose = await superuser`
    select conrelid::regclass::text as "table", conname from pg_constraint
    where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0 and confrelid <> 'organizations'::regclass
      and not (select attnum from pg_attribute where attrelid = conrelid and attname = 'organization_id') = any (conkey)`;
  expect(loose).toEqual([]);
});

test("every foreign key has an index that begins with its columns", async () => {
  const slow = await superuser`
    select c.conrelid::regclass::text as "table", c.conname from pg_constraint c
    where c.contype = 'f' and c.connamespace = 'public'::regnamespace and c.conparentid = 0
      and not exists (select from pg_index i where i.indrelid = c.conrelid
        and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)`;
  expect(slow).toEqual([]);
});

test("every corpus has a number of its own and clears what is derived from it", async () => {
  const numbers = Object.values(CORPORA).map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const { table, number } of Object.values(CORPORA)) {
    const triggers = await superuser`
      select pg_get_triggerdef(oid) as definition from pg_trigger where tgrelid = ${table}::regclass and not tgisinternal`;
    expect(triggers.map(({ definition }) => definition).join("\n")).toMatch(
      new RegExp(`AFTER DELETE .*FOR EACH STATEMENT EXECUTE FUNCTION clear_search_entries\\('${number}'\\)`),
    );
  }
});

test("vectors are scanned where they stand, not in a TOAST table", async () => {
  const stored =
    await superuser`select attstorage::text as storage from pg_attribute a join pg_class c on c.oid = a.attrelid
    where a.attname = 'embedding' and c.relname like 'search_vectors%' and c.relkind in ('r', 'p')`;
  expect(stored.length).toBeGreaterThan(1);
  expect(stored.filter(({ storage }) => storage !== "p")).toEqual([]);
});
