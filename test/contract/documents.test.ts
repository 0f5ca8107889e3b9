import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";

/** What a document names in backticks or links that looks like a path of ours. */
function pathsIn(text: string, file: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
  const links = targets.filter((target) => !/^\w+:/.test(target)).map((target) => join(dirname(file), target));
  const quoted = [...text.matchAll(/`([\w.@/-]+)`/g)].map(([, target]) => target!);
  const ours = /^(\.\/)?(db|functions|scripts|test|\.ci)\/[\w./-]*$|^[\w-]+\.(md|toml|json)$/;
  return [...links, ...quoted.filter((target) => ours.test(target))];
}

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
}).split("\n");
const documents = tracked.filter((file) => file.endsWith(".md"));

test("no document names a path that does not exist", () => {
  expect(documents).toContain("README.md");
  const missing = documents.flatMap((file) =>
    pathsIn(readFileSync(file, "utf8"), file)
      .filter((path) => !existsSync(path) && !existsSync(join(dirname(file), path)))
      .map((path) => `${file} names ${path}`),
  );
  expect(missing).toEqual([]);
});

test("a path that does not exist would be found", () => {
  expect(
    pathsIn(
      "See `functions/nothing.ts`, [this](../gone.md#a), `npm run dev` and [that](https://x.example/a.md).",
      "db/README.md",
    ),
  ).toEqual(["gone.md", "functions/nothing.ts"]);
});

test("every npm script that a document names is there", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const named = documents.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test("nothing that is committed names a path of one machine", () => {
  const text = tracked.filter(
    (file) => /\.(ts|md|json|sql|sh|toml)$/.test(file) && file !== "package-lock.json" && existsSync(file),
  );
  const home = ["work", "root", "home"].map((name) => `/${name}/`);
  expect(
    text.filter((file) => home.some((path) => new RegExp(`["'\`\\s(]${path}`).test(readFileSync(file, "utf8")))),
  ).toEqual([]);
});
