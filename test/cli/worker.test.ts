import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { organization, stack } from "../harness.ts";
import { newFolder, run } from "./stand-in.ts";

test("against the real worker: upload, upload again, search, ask and go on, a failure and its second try", async () => {
  const org = await organization();
  const cwd = newFolder();
  const { body: chatbot } = await org.call("POST", "/v1/chatbots", { name: "Guide" });
  const env = { EDGELORE_URL: stack.url, EDGELORE_API_KEY: org.apiKey, EDGELORE_CHATBOT: chatbot.id };
  const cli = (...args: string[]) => run(args, { cwd, env });

  writeFileSync(
    join(cwd, "pump.md"),
    "# Pump\n\nThe warranty of the pump lasts seven years from the day of purchase.\n",
  );
  writeFileSync(
    join(cwd, "junk.txt"),
    new Uint8Array(2000).map((_, index) => (index * 37) % 256),
  );
  expect(await cli("upload", "pump.md")).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n1 completed\n$/) });
  expect(await cli("upload", "pump.md")).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n1 completed\n$/) });
  expect(await cli("upload", "pump.md", "--language", "en")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\n1 already there\n$/),
  });

  const failed = expect.stringMatching(/^failed +junk\.txt: The file holds binary data/m);
  expect(await cli("upload", ".")).toMatchObject({ code: 1, stderr: failed });
  expect(await cli("upload", ".")).toMatchObject({ code: 1, stderr: failed });
  const { body: documents } = await org.call("GET", "/v1/documents");
  expect(documents.items).toHaveLength(2);

  expect((await cli("search", "warranty pump", "--explain")).stdout).toMatch(
    /^1\. pump {2}\(0\.\d+\)\n[\s\S]*Looked for: /,
  );
  const asked = await cli("ask", "How long does the warranty of the pump last?");
  expect(asked.stdout).toMatch(/\n\n\[1\] pump: ".*seven years.*"\n$/);
  const conversation = /--conversation (\S+)/.exec(asked.stderr)?.[1] ?? "";
  const again = await cli("ask", "And from when?", "--conversation", conversation, "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ conversationId: conversation });
});

test("against the real worker: a folder is synced, changed, renamed and synced again", async () => {
  const org = await organization();
  const cwd = newFolder();
  const env = { EDGELORE_URL: stack.url, EDGELORE_API_KEY: org.apiKey };
  const sync = (...args: string[]) => run(["sync", ".", "--name", "guide", ...args], { cwd, env });
  const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);
  const documents = async () =>
    Object.fromEntries(
      (await org.call("GET", "/v1/documents")).body.items.map(
        ({ id, metadata, title, status }: Record<string, unknown>) => [
          (metadata as { sync: { path: string } }).sync.path,
          { id, title, status },
        ],
      ),
    );

  write("pump.md", "# Pump\n\nThe warranty of the pump lasts seven years.\n");
  write("valve.md", "# Valve\n\nThe valve opens at noon.\n");
  write("tap.md", "# Tap\n\nThe tap drips.\n");
  expect(await sync()).toMatchObject({ code: 0, stdout: expect.stringMatching(/3 new[\s\S]*3 completed\n$/) });
  const before = await documents();

  write("pump.md", "# Pump\n\nThe warranty of the pump lasts nine years.\n");
  renameSync(join(cwd, "valve.md"), join(cwd, "gate.md"));
  rmSync(join(cwd, "tap.md"));
  expect(await sync("--delete")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 changed, 1 renamed, 1 to be deleted"),
  });
  expect(await documents()).toEqual({
    "pump.md": { ...before["pump.md"], status: "completed" },
    "gate.md": {
      id: before["valve.md"].id,
      title: "gate",
      status: expect.stringMatching(/uploaded|processing|completed/),
    },
  });
  expect((await run(["search", "warranty"], { cwd, env })).stdout).toContain("nine years");
  expect(await sync("--delete")).toMatchObject({ code: 0, stdout: "guide: 2 unchanged\n" });
});
