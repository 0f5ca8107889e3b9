import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { readCollection } from "./beir.ts";
import { openEdgelore } from "./edgelore.ts";
import type { Engine } from "./engine.ts";
import { type Encoding, prepare } from "./entries.ts";
import { openLanceDb } from "./lancedb.ts";
import { measure } from "./measure.ts";
import { openOrama } from "./orama.ts";
import { openPgvector } from "./pgvector.ts";
import { quickCollection } from "./quick.ts";
import { type Run, reading, toReport, toTable } from "./report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    fill: { type: "string", multiple: true, default: [] },
    entries: { type: "string", default: "10000" },
    questions: { type: "string", default: "300" },
    hashing: { type: "boolean", default: false },
    cache: { type: "string", default: ".local/eval-embeddings" },
    report: { type: "string" },
  },
});
const { DATABASE_URL } = process.env;
if (!DATABASE_URL || (positionals.length === 0 && !values.quick)) {
  console.error(
    "DATABASE_URL=postgres://… node test/bench/peers/peers.ts (--quick | DIR…) [--fill DIR]… [--entries N] [--questions N] [--hashing]",
  );
  process.exit(2);
}
const onStep = (step: string) => console.error(step);

const embeddings = values.hashing ? "hashing" : "sentences";
const encoding: Encoding = { embeddings, cacheDirectory: values.cache };
const collections = values.quick ? [quickCollection()] : positionals.map(readCollection);
const { texts, entries, asked } = await prepare(collections, values.fill.map(readCollection), {
  entries: Number(values.entries),
  questions: Number(values.questions),
  ...encoding,
  onStep,
});

const admin = new pg.Client({ connectionString: DATABASE_URL });
await admin.connect();
const databases: string[] = [];
const engines: { engine: Engine; indexSeconds: number; bytes: number | null }[] = [];
try {
  const ours = { databaseUrl: await ownDatabase("ours"), encoding, texts, onStep };
  await add(openEdgelore(ours));
  await add(openPgvector(await ownDatabase("plain")));
  await add(openLanceDb());
  await add(openOrama());
  const ways = engines.flatMap(({ engine }) => engine.ways);
  const measured = await measure(ways, asked, onStep);
  const { rows } = await admin.query<{ v: string }>("select split_part(version(), ' on ', 1) as v");
  const run: Run = {
    command: [
      "node test/bench/peers/peers.ts",
      ...process.argv.slice(2).map((word) => (word.includes("/") ? basename(word) : word)),
    ].join(" "),
    versions: [`${rows[0]?.v}`, ...engines.map(({ engine }) => engine.version)],
    collections: [...new Set(asked.map(({ collection }) => collection))],
    texts: texts.length,
    entries: entries.length,
    questions: asked.length,
    embeddings,
    load: loadavg()[0]!,
    rows: measured.map((one) => {
      const { indexSeconds, bytes } = engines.find(({ engine }) => engine.ways.some(({ name }) => name === one.name))!;
      return { ...one, indexSeconds, bytes };
    }),
  };
  console.log(`${toTable(run)}\n\n${reading(run)}`);
  // A quick run says that it runs; it does not replace what was measured.
  const report = values.report ?? (values.quick ? undefined : new URL("report.md", import.meta.url));
  if (report) writeFileSync(report, toReport(run));
} finally {
  for (const { engine } of engines) await engine.close();
  for (const name of databases) await admin.query(`drop database if exists ${name} with (force)`);
  await admin.end();
}

async function ownDatabase(suffix: string): Promise<string> {
  const name = `edgelore_peers_${process.pid}_${suffix}`;
  await admin.query(`create database ${name}`);
  databases.push(name);
  return Object.assign(new URL(DATABASE_URL!), { pathname: `/${name}` }).href;
}

async function add(opening: Promise<Engine>): Promise<void> {
  const engine = await opening;
  engines.push({ engine, indexSeconds: 0, bytes: null });
  const started = performance.now();
  await engine.index(entries);
  const indexSeconds = (performance.now() - started) / 1_000;
  engines[engines.length - 1] = { engine, indexSeconds, bytes: await engine.bytes() };
  onStep(`${engine.version}: indexed in ${indexSeconds.toFixed(1)} s`);
}
