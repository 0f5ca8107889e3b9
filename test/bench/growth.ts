import { newId } from "../../db/columns.ts";
import { moveShelves } from "../../db/queries/events/maintenance.ts";
import { LIMITS } from "../../functions/kernel/limits.ts";
import type { BenchDatabase } from "./database.ts";
import { FILTERS, loadTenants, type TenantPlan } from "./load.ts";
import { type Asked, milliseconds, recall, takeTurns } from "./measure.ts";
import { openOurs } from "./ours.ts";
import { reference } from "./reference.ts";
import { type Figure, round, type Section } from "./section.ts";

export type Material = {
  texts: readonly string[];
  vectors: readonly Float32Array[];
  asked: readonly { text: string; embedding: Float32Array }[];
};
type Options = { database: BenchDatabase; material: Material; isQuick: boolean; onStep: (step: string) => void };

/** Tenants of whom one at a time is asked; the rest of all entries is spread over small ones. */
const FULL = { entries: 300_000, tenants: 1_000, sizes: [1_000, 10_000, 100_000], shelfMin: LIMITS.ownShelfEntriesMin };
const QUICK = { entries: 2_000, tenants: 10, sizes: [200, 1_000], shelfMin: 900 };
const LIMIT = 10;
const RECALL_MIN = 0.99;
const SHELF_BATCH = 500;
/** Of exact's p95, by size. */
const SHARES_OF_EXACT: Readonly<Record<number, number>> = { 10000: 0.5, 100000: 0.1 };
const GRAPH_EFS = [40, 100, 400];
const SAME_RECALL = 0.005;

/** Figure 4: recall and time of the search by meaning, as tenants grow beside each other. */
export async function growth({ database, material, isQuick, onStep }: Options): Promise<Section> {
  const { entries, tenants, sizes, shelfMin } = isQuick ? QUICK : FULL;
  const measured = sizes.map((size): TenantPlan => ({ id: newId(), entries: size, hasWords: false }));
  const small = tenants - sizes.length;
  const rest = entries - sizes.reduce((sum, size) => sum + size, 0);
  const others = Array.from(
    { length: small },
    (_, i): TenantPlan => ({
      id: newId(),
      entries: Math.floor(rest / small) + (i < rest % small ? 1 : 0),
      hasWords: false,
    }),
  );
  await loadTenants(database, [...measured, ...others], material, onStep);
  onStep("Shared HNSW of the reference");
  const graphSeconds = await reference.make(database);
  const shelfSeconds = await moveLarge(database, shelfMin, onStep);
  await database.owner.query("vacuum analyze");

  const rows: (string | number)[][] = [];
  const figures: Figure[] = [];
  const times = { ours: [] as Point[], exact: [] as Point[], graph: [] as Point[] };
  const trade: { name: string; points: Point[] }[] = [];
  for (const { id, entries: size } of [others[0]!, ...measured]) {
    const ours = openOurs(database, id);
    await ours.remember(material.asked);
    for (const filter of [undefined, ...FILTERS]) {
      // What a filter leaves of a small tenant is nothing to measure.
      if (filter && (size < Math.min(10_000, sizes.at(-1)!) || size * filter.share < LIMIT)) continue;
      onStep(`Asking a tenant of ${size}${filter ? `, ${filter.share * 100} %` : ""}`);
      const sources = filter && (await reference.sources(database, id, filter.documentType));
      const ask = (question: number) => material.asked[question]!;
      const graphs = GRAPH_EFS.map((ef): [string, (question: number) => Promise<Asked>] => [
        `graph ${ef}`,
        (question) => reference.graph(database, id, ask(question).embedding, sources, ef),
      ]);
      const strategies = new Set<string>();
      const taken: Record<string, Asked[]> = await takeTurns<string>(
        {
          exact: (question: number) => reference.exact(database, id, ask(question).embedding, sources),
          async ours(question: number) {
            const found = await ours.search({
              text: ask(question).text,
              mode: "vector",
              filter: filter && { documentType: filter.documentType },
              limit: LIMIT,
            });
            strategies.add(found.strategies.map(({ vector, compared }) => `${vector} ${compared}`).join());
            return found;
          },
          ...Object.fromEntries(graphs),
        },
        material.asked.length,
      );
      const label = `${size.toLocaleString("en")}${filter ? `, ${filter.share * 100} % left` : ""}`;
      const exact = milliseconds(taken.exact!);
      const said = { ...milliseconds(taken.ours!), recall: recall(taken.ours!, taken.exact!, LIMIT) };
      rows.push([label, "exact `halfvec` STORAGE PLAIN", round(exact.p50), round(exact.p95), 1, 1]);
      rows.push([
        label,
        `ours: ${[...strategies].join("; ")}`,
        round(said.p50),
        round(said.p95),
        round(said.p95 / exact.p95),
        round(said.recall, 4),
      ]);
      const graphPoints = GRAPH_EFS.map((ef) => {
        const asked = taken[`graph ${ef}`]!;
        const point = { ...milliseconds(asked), recall: recall(asked, taken.exact!, LIMIT) };
        rows.push([
          label,
          `shared HNSW, iterative scan, ef_search ${ef}`,
          round(point.p50),
          round(point.p95),
          round(point.p95 / exact.p95),
          round(point.recall, 4),
        ]);
        return point;
      });
      figures.push({ name: `recall@${LIMIT} at ${label}`, value: said.recall, limit: RECALL_MIN, atMost: false });
      const equal = graphPoints.filter((point) => point.recall >= said.recall - SAME_RECALL).map(({ p95 }) => p95);
      if (equal.length > 0)
        figures.push({
          name: `p95 at ${label}, as a share of HNSW's at equal recall`,
          value: said.p95 / Math.min(...equal),
          limit: 1,
          atMost: true,
        });
      if (filter) continue;
      const share = SHARES_OF_EXACT[size];
      if (share !== undefined)
        figures.push({
          name: `p95 at ${label}, as a share of exact's`,
          value: said.p95 / exact.p95,
          limit: share,
          atMost: true,
        });
      times.ours.push({ x: size, y: said.p95 });
      times.exact.push({ x: size, y: exact.p95 });
      times.graph.push({ x: size, y: graphPoints.at(-1)!.p95 });
      trade.push({ name: `ours, ${label}`, points: [{ x: said.p95, y: said.recall }] });
      trade.push({
        name: `shared HNSW, ${label}`,
        points: graphPoints.map(({ p95, recall }) => ({ x: p95, y: recall })),
      });
    }
  }
  return {
    title: `Growth: ${entries.toLocaleString("en")} chunks of ${tenants.toLocaleString("en")} tenants`,
    notes: [
      `Vectors: ${material.vectors.length} real texts through the real encoder, mixed by two or three with noise; ${material.asked.length} questions are the encoder's own, of texts that are not among them. Milliseconds in the database, one question after another, the ways in turns. Tenants from ${shelfMin.toLocaleString("en")} on were moved to a shelf of their own by the cron's function (${round(shelfSeconds, 0)} s); the reference's HNSW took ${round(graphSeconds, 0)} s to build.`,
    ],
    tables: [
      {
        title: "Times in ms, share of exact's p95, recall@10",
        columns: ["entries", "way", "p50", "p95", "of exact", "recall"],
        rows,
      },
      { title: "Bytes a chunk", columns: ["structure", "bytes"], rows: await bytes(database) },
    ],
    figures,
    plots: [
      {
        file: "latency-by-size.svg",
        title: "p95 against a tenant's size",
        x: { label: "entries of the tenant", log: true },
        y: { label: "p95 in ms", log: true },
        series: [
          { name: "ours", points: times.ours, line: true },
          { name: "exact", points: times.exact, line: true },
          { name: `shared HNSW, ef ${GRAPH_EFS.at(-1)}`, points: times.graph, line: true },
        ],
      },
      {
        file: "recall-by-latency.svg",
        title: "recall@10 against p95",
        x: { label: "p95 in ms", log: true },
        y: { label: "recall@10", min: 0, max: 1 },
        series: trade.slice(-6).map((one) => ({ ...one, line: one.points.length > 1 })),
      },
    ],
  };
}

type Point = { x: number; y: number };

/** As the cron does, to its end. */
async function moveLarge({ db }: BenchDatabase, entriesMin: number, onStep: (step: string) => void): Promise<number> {
  const started = performance.now();
  let copied = 0;
  for (;;) {
    const step = await moveShelves(db, entriesMin, SHELF_BATCH);
    copied += step.copied;
    onStep(`Moved to shelves: ${copied}`);
    if (Object.values(step).every((count) => count === 0)) return (performance.now() - started) / 1000;
  }
}

async function bytes({ owner }: BenchDatabase) {
  const { rows } = await owner.query<{ name: string; bytes: number }>(`
    select c.relname || case when c.relkind = 'r' then ' (rows)' else '' end as name, round(pg_relation_size(c.oid) / t.rows::numeric, 1)::float8 as bytes
    from pg_class c left join pg_index i on i.indexrelid = c.oid
    join lateral (select count(*) as rows from search_vectors where tableoid = coalesce(i.indrelid, c.oid)
      union all select count(*) from search_terms where tableoid = coalesce(i.indrelid, c.oid)
      union all select count(*) from reference_vectors where tableoid = coalesce(i.indrelid, c.oid)) t on t.rows > 0
    where c.relname ~ '^(search_(vectors|terms)_|reference_)' and c.relkind in ('r', 'i') order by 1`);
  return rows.map(({ name, bytes }) => [`\`${name}\``, bytes]);
}
