import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const scratch = mkdtempSync(join(tmpdir(), "edgelore-check-"));
const migrations = join(scratch, "migrations");
cpSync("db/migrations", migrations, { recursive: true });
const count = () => readdirSync(migrations).length;

type Step = { name: string; command: string[]; verdict?: () => string | undefined };
const before = count();
const steps: Step[] = [
  { name: "format and lint", command: ["biome", "ci", "--colors=off", "--error-on-warnings", "."] },
  { name: "types", command: ["tsc", "-p", "."] },
  { name: "layers, seeds, documents", command: ["vitest", "run", "--project", "files", "--reporter", "dot"] },
  {
    name: "migrations follow the schema",
    command: [
      "drizzle-kit",
      "generate",
      "--dialect",
      "postgresql",
      "--schema",
      "./db/schema/*.ts",
      // drizzle-kit puts "./" before it, and ends with 0 where it then finds nothing.
      "--out",
      relative(process.cwd(), migrations),
    ],
    verdict: () =>
      count() > before ? "db/schema changed without a migration: drizzle-kit generate --name WHAT-IT-DOES" : undefined,
  },
  { name: "db/schema.sql", command: ["node", "scripts/schema.ts", "--check"] },
  { name: "lock file", command: ["node", "scripts/lock.ts"] },
  { name: "size of the worker", command: ["node", "scripts/size.ts"] },
  { name: "bundle", command: ["wrangler", "deploy", "--dry-run", "--outdir", join(scratch, "bundle")] },
];

function run({ name, command: [program, ...args], verdict }: Step): Promise<boolean> {
  const started = Date.now();
  const child = spawn(program!, args, { env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" } });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      const complaint = code === 0 ? verdict?.() : output;
      console.log(
        `${complaint === undefined ? "ok  " : "FAIL"} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
      );
      if (complaint !== undefined) console.log(complaint);
      resolve(complaint === undefined);
    });
  });
}

// The last two both build into dist/, so they take turns; the others run beside them.
const building = steps.slice(-2);
const results = await Promise.all([
  ...steps.slice(0, -2).map(run),
  building.reduce(async (last, step) => (await run(step)) && (await last), Promise.resolve(true)),
]);
rmSync(scratch, { recursive: true, force: true });
if (results.includes(false)) process.exit(1);
