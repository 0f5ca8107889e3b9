import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";

const PARTS = "conversations|chatbots|search|usage|channels|memory|knowledge|code|binaries|operations|console";
const part = new RegExp(`^functions/(${PARTS})/`);
const anyPart = new RegExp(`^(functions|db/queries)/(${PARTS})/`);
const SHARED = /^db\/queries\/(tenancy|usage|events|conversations|search)\//;

/** DESIGN's table: what a file may not import, and why. */
const RULES: [from: RegExp, to: RegExp, why: string][] = [
  [/^db\//, /^(functions\/|scripts\/|hono|@aws-sdk)/, "db/ knows no caller"],
  [/^functions\//, /^(drizzle-orm|@neondatabase|db\/schema)/, "SQL lives in db/"],
  [/^functions\//, /^(scripts|test)\//, "the product knows no tool"],
  [/^functions\/kernel\//, part, "the kernel knows no part"],
  [
    /^functions\/kernel\//,
    /^db\/queries\/(?!tenancy|usage|events|conversations|search)/,
    "the kernel knows no part's queries",
  ],
  [/^functions\/(?!app\.ts|kernel\/|channels\/|console\/)/, /^hono/, "parts speak ctx, not HTTP"],
  [/^functions\/kernel\/(?!serve|health|reference)/, /^hono/, "HTTP stands in three files"],
  [/^functions\/(?!kernel\/ai\/)/, /^@aws-sdk/, "every model call is metered"],
];

function broken(file: string, source: string): string[] {
  const imported = [...source.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, target]) => target!);
  const targets = imported.map((target) => (target.startsWith(".") ? join(dirname(file), target) : target));
  const own = part.exec(file)?.[1];
  const foreign = (target: string) =>
    own && anyPart.exec(target) && !target.includes(`/${own}/`) && !SHARED.test(target);
  return targets.flatMap((target) => [
    ...RULES.filter(([from, to]) => from.test(file) && to.test(target)).map(
      ([, , why]) => `${file} → ${target}: ${why}`,
    ),
    ...(foreign(target) ? [`${file} → ${target}: parts do not know each other`] : []),
  ]);
}

const files = ["db", "functions"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file)),
);

test("every file imports only what its layer may", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap((file) => broken(file, readFileSync(file, "utf8")))).toEqual([]);
});

test("a broken rule is found, whichever it is", () => {
  const wrong: [file: string, target: string][] = [
    ["db/search.ts", "../functions/app.ts"],
    ["functions/chatbots/a.ts", "drizzle-orm"],
    ["functions/chatbots/a.ts", "../../db/schema/chatbots.ts"],
    ["functions/kernel/a.ts", "../chatbots/index.ts"],
    ["functions/kernel/a.ts", "../../db/queries/chatbots/chatbot.ts"],
    ["functions/chatbots/a.ts", "../conversations/index.ts"],
    ["functions/conversations/a.ts", "../../db/queries/chatbots/chatbot.ts"],
    ["functions/chatbots/a.ts", "hono"],
    ["functions/chatbots/a.ts", "@aws-sdk/client-bedrock-runtime"],
    ["functions/kernel/retrieval/a.ts", "hono"],
    ["functions/kernel/a.ts", "../../scripts/dev.ts"],
  ];
  for (const [file, target] of wrong) expect(broken(file, `import x from "${target}";`)).toHaveLength(1);
  expect(broken("functions/chatbots/a.ts", 'import x from "../kernel/endpoint.ts"; await import("hono")')).toHaveLength(
    1,
  );
});
