import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { json, newFolder, run, standIn } from "./stand-in.ts";

/** A folder in which `npm run dev` has run. */
function projectFolder(settings: object) {
  const folder = newFolder();
  mkdirSync(join(folder, ".local"));
  writeFileSync(join(folder, ".local/dev.json"), JSON.stringify(settings));
  return folder;
}

async function serving<T>(use: (api: Awaited<ReturnType<typeof standIn>>) => Promise<T>) {
  const api = await standIn();
  api.overrides["POST /v1/search"] = (request, response) =>
    json(response, 200, { results: [], key: request.headers.authorization });
  try {
    return await use(api);
  } finally {
    api.stop();
  }
}

describe("help", () => {
  test.concurrent.each([
    [["--help"], "upload PATH…"],
    [["upload", "--help"], "--no-wait"],
    [["sync", "--help"], "--dry-run"],
    [["ask", "--help"], "--conversation ID"],
    [["search", "-h"], "--corpora A,B"],
  ])("%j is told on stdout", async (args, part) => {
    expect(await run(args)).toMatchObject({ code: 0, stdout: expect.stringContaining(part), stderr: "" });
  });

  test("the version is told", async () => {
    expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("what is not understood exits with 2 and a short usage on stderr", () => {
  test.concurrent.each([
    ["Which command?", []],
    ["There is no command fly.", ["fly"]],
    ["There is no command --fly.", ["--fly"]],
    ["Unknown option '--fly'", ["ask", "x", "--fly"]],
    ["The question is missing.", ["ask"]],
    ["The query is missing.", ["search", " "]],
    ["more than 20000 characters", ["ask", "x".repeat(20_001)]],
    ["Which chatbot?", ["ask", "x", "--url", "http://127.0.0.1:9", "--key", "k"]],
    ["--mode is one of hybrid, lexical, vector.", ["search", "x", "--mode", "magic"]],
    ["--limit is a whole number from 1 to 100.", ["search", "x", "--limit", "1.5"]],
    ["no http or https address", ["search", "x", "--url", "localhost:8787", "--key", "k"]],
    ["Which files or folders?", ["upload"]],
    ["There is no nowhere.pdf.", ["upload", "nowhere.pdf"]],
    ["--type is one of technical", ["upload", ".", "--type", "poem"]],
    ["There is no file to upload.", ["upload", "."]],
    ["EDGELORE_API_KEY", ["search", "x"]],
  ])("%s", async (message, args) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/\nUsage: edgelore .*--help\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("the connection", () => {
  const key = async (args: string[], setting: Parameters<typeof run>[1]) =>
    JSON.parse((await run(["search", "x", "--json", ...args], setting)).stdout).key;

  test("comes from flags before the environment before .local/dev.json", () =>
    serving(async ({ url }) => {
      const cwd = projectFolder({ url, apiKey: "el_dev" });
      const env = { EDGELORE_API_KEY: "el_env" };
      expect(await key([], { cwd })).toBe("Bearer el_dev");
      expect(await key([], { cwd, env })).toBe("Bearer el_env");
      expect(await key(["--key", "el_flag", "--url", `${url}/`], { cwd, env })).toBe("Bearer el_flag");
    }));

  test("a folder from elsewhere cannot name the address that a key is sent to", async () => {
    const cwd = projectFolder({ url: "http://collector.example", apiKey: "x" });
    const { code, stderr } = await run(["search", "x"], { cwd, env: { EDGELORE_API_KEY: "el_env" } });
    expect(stderr).toContain("its address is not on this machine");
    expect(code).toBe(2);
  });

  test("where nothing listens, the way to start it is told at once", async () => {
    const { url } = await serving(async (api) => api);
    const started = Date.now();
    expect(await run(["search", "x"], { url })).toEqual({
      code: 1,
      stdout: "",
      stderr: `Nothing answers at ${url}. Is it running? \`npm run dev\`\n`,
    });
    expect(Date.now() - started).toBeLessThan(3000);
  });

  test("an address that can never work is not tried again", async () => {
    expect((await run(["search", "x"], { url: "http://127.0.0.1:9" })).stderr).toBe(
      "No connection to http://127.0.0.1:9: bad port.\n",
    );
  });

  test("something else at the address is told from Edgelore", () =>
    serving(async (api) => {
      api.overrides["POST /v1/search"] = (_, response) => response.writeHead(200).end("<html>Welcome</html>");
      expect((await run(["search", "x"], { url: api.url })).stderr).toContain("Is this the URL of Edgelore?");
      api.overrides["POST /v1/search"] = (_, response) =>
        response.writeHead(301, { location: "https://elsewhere.example/" }).end();
      expect((await run(["search", "x"], { url: api.url })).stderr).toContain("https://elsewhere.example/");
    }));
});
