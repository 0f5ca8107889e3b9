import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { organization, settled, stack, uploadText } from "../harness.ts";
import { newFolder, run } from "./stand-in.ts";

test("against the real worker: a file's questions are asked, compared, and worse than wanted is an exit code of 1", async () => {
  const org = await organization();
  const cwd = newFolder();
  const { body: bot } = await org.call("POST", "/v1/chatbots", { name: "Guide", slug: "guide" });
  await settled(org, await uploadText(org, "The warranty of the pump lasts seven years.", "Pump"));
  const env = { EDGELORE_URL: stack.url, EDGELORE_API_KEY: org.apiKey };
  const cli = (...args: string[]) => run(["eval", ...args], { cwd, env });
  const questions = [
    { question: "How long does the warranty of the pump last?", expectedFacts: ["seven years"] },
    { question: "Who won the cup in 1966?", answerable: false },
  ];
  writeFileSync(join(cwd, "golden.jsonl"), questions.map((one) => `${JSON.stringify(one)}\n`).join("\n"));
  await org.call("POST", `/v1/chatbots/${bot.id}/golden-questions`, { question: "Not in the file?" });

  const first = await cli(
    "guide",
    "--golden",
    "golden.jsonl",
    "--min-correctness",
    "1",
    "--min-refused",
    "1",
    "--max-refused",
    "0",
  );
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/completed, 2 of 2 questions\n[\s\S]*1\.000/) });
  const change = JSON.stringify({ scoreThreshold: 1 });
  const worse = await cli(bot.id, "--golden", "golden.jsonl", "--change", change, "--max-drop", "0.1");
  expect(worse).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/Worse:\n {2}How long does the warranty .*\(refused, correctness\)/),
    stderr: expect.stringContaining("correctness is worse than last time by 1.000."),
  });
  const told = await cli("guide", "--golden", "golden.jsonl", "--json", "--min-recall", "0.5");
  expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining("recall is not measured") });
  expect(JSON.parse(told.stdout)).toMatchObject({
    status: "completed",
    comparison: { better: [{ what: expect.any(Array) }] },
  });
});

test("what cannot be meant is said before anything is sent", async () => {
  const org = await organization();
  const cwd = newFolder();
  const env = { EDGELORE_URL: stack.url, EDGELORE_API_KEY: org.apiKey };
  for (const [args, why] of [
    [[], "Which chatbot?"],
    [["nobody"], "There is no chatbot nobody."],
    [["bot", "--golden", "nothing.jsonl"], "nothing.jsonl is gone."],
    [["bot", "--min-recall", "2"], "--min-recall is a share"],
    [["bot", "--change", "{"], "--change is no JSON."],
  ] as const)
    expect(await run(["eval", ...args], { cwd, env })).toMatchObject({ code: 2, stderr: expect.stringContaining(why) });
});
