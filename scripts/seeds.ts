import { readFileSync } from "node:fs";

/** `to`: what it is in our database; `why`: why we have nothing of the kind; `issue`: who will build it, `as` what. */
export type Leaf = { to?: string; why?: string; issue?: number; as?: string };
type Kind = Record<string, Leaf & { columns?: Record<string, Leaf> }>;
export type Entry = { seed: string; kind: string; name: string; leaf: Leaf };

const { counts, ...seeds } = JSON.parse(
  readFileSync(new URL("../test/contract/seeds.json", import.meta.url), "utf8"),
) as { counts: Record<string, Record<string, number>> } & Record<string, Record<string, Kind>>;

/** Everything that the seeds ask of the database, a column as an entry of its own. */
export const entries: Entry[] = Object.entries(seeds as Record<string, Record<string, Kind>>).flatMap(([seed, kinds]) =>
  Object.entries(kinds).flatMap(([kind, named]) =>
    Object.entries(named).flatMap(([name, { columns = {}, ...leaf }]) => [
      { seed, kind, name, leaf },
      ...Object.entries(columns).map(([column, leaf]) => ({ seed, kind: "columns", name: `${name}.${column}`, leaf })),
    ]),
  ),
);
export { counts };

if (import.meta.main) {
  const unmapped = Map.groupBy(entries, ({ leaf }) => leaf.issue ?? 0);
  unmapped.delete(0);
  for (const [issue, open] of [...unmapped].sort(([a], [b]) => a - b)) {
    console.log(`issue ${issue}: ${open.length} entries`);
    for (const { seed, kind, name, leaf } of open)
      console.log(`  ${seed} ${kind}: ${name}${leaf.as ? ` → ${leaf.as}` : ""}`);
  }
}
