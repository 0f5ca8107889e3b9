import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pieceWriter } from "../../scripts/cli/terminal.ts";
import { json, problem, run, standIn, start, stream } from "./stand-in.ts";

let api: Awaited<ReturnType<typeof standIn>>;
beforeEach(async () => {
  api = await standIn();
});
afterEach(() => api.stop());

const MESSAGES = "POST /v1/chatbots/bot/messages";
const ask = (...args: string[]) => run(["ask", ...args], { url: api.url });
const answer = {
  conversationId: "conv-1",
  message: {
    id: "m1",
    status: "completed",
    content: "Two years [1].",
    citations: [
      {
        marker: 1,
        documentId: "d1",
        chunkId: "c1",
        title: "Warranty",
        page: 3,
        quote: "The warranty lasts\ntwo years.",
      },
      { marker: 2, documentId: "d2", chunkId: "c2", title: "Notes", page: null, quote: "See above." },
    ],
  },
  usage: { inputTokens: 1, outputTokens: 2 },
};
const created: [string, unknown] = ["message.created", { conversationId: "conv-1", messageId: "m1" }];
const delta = (text: string): [string, unknown] => ["delta", { text }];

describe("an answer", () => {
  test("is printed with its citations, and the conversation stands on stderr", async () => {
    api.overrides[MESSAGES] = (_, response) => {
      stream(response, [
        created,
        ["sources", { sources: [] }],
        delta("Two "),
        delta("years [1]."),
        ["message.completed", answer],
      ]);
      response.end();
    };
    const { code, stdout, stderr } = await ask("How long", "is the warranty?", "--conversation", "conv-1");
    expect(stdout).toBe(
      'Two years [1].\n\n[1] Warranty, page 3: "The warranty lasts two years."\n[2] Notes: "See above."\n',
    );
    expect(stderr).toContain("--conversation conv-1");
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({
      content: "How long is the warranty?",
      conversationId: "conv-1",
      stream: true,
    });
    expect(code).toBe(0);
  });

  test("is seen while it is still being written", async () => {
    let finish = () => {};
    api.overrides[MESSAGES] = (_, response) => {
      stream(response, [created, delta("Two ")]);
      finish = () => response.end(`event: message.completed\ndata: ${JSON.stringify(answer)}\n\n`);
    };
    const child = start(["ask", "How long?"], { url: api.url });
    const [first] = await once(child.stdout!, "data");
    expect(String(first)).toBe("Two ");
    finish();
    expect(await once(child, "close")).toEqual([0, null]);
  });

  test("comes whole with --no-stream, and as JSON with --json", async () => {
    api.overrides[MESSAGES] = (_, response) => json(response, 200, answer);
    expect((await ask("How long?", "--no-stream")).stdout).toMatch(/^Two years \[1\]\.\n\n\[1\] Warranty, page 3/);
    expect(JSON.parse((await ask("How long?", "--json")).stdout)).toEqual(answer);
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({ content: "How long?", stream: false });
  });
});

describe("text from elsewhere", () => {
  const evil = "\u001b]0;owned\u0007\u009b31m\u202eevil\u0000";

  test("cannot steer the terminal", async () => {
    const citations = [{ ...answer.message.citations[0], title: evil, quote: evil }];
    const whole = { ...answer, conversationId: `c${evil}`, message: { ...answer.message, content: evil, citations } };
    api.overrides[MESSAGES] = (_, response) => {
      stream(response, [created, delta(`${evil}\n\ttab`), ["message.completed", whole]]);
      response.end();
    };
    const { stdout, stderr } = await ask("What?");
    expect(stdout).toBe(']0;owned31mevil\n\ttab\n\n[1] ]0;owned31mevil, page 3: "]0;owned31mevil"\n');
    expect(stderr).not.toMatch(/[^\P{C}\n\t]/u);
  });

  test("is escaped in JSON, where it stays what it is", async () => {
    const whole = { ...answer, message: { ...answer.message, content: `${evil}\u{e0001}` } };
    api.overrides[MESSAGES] = (_, response) => json(response, 200, whole);
    const { stdout } = await ask("What?", "--json");
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
    expect(JSON.parse(stdout)).toEqual(whole);
  });

  test("cannot steer it in an error either", async () => {
    api.overrides[MESSAGES] = (_, response) => problem(response, 400, "INVALID", evil);
    expect((await ask("What?")).stderr).toBe("]0;owned31mevil (INVALID, request r1)\n");
  });

  test("keeps a symbol that two deltas share", () => {
    const said: string[] = [];
    const write = pieceWriter((text) => said.push(text));
    for (const unit of "a😀b".split("")) write(unit);
    expect(said.join("")).toBe("a😀b");
    expect(said.every((text) => text.isWellFormed())).toBe(true);
  });
});

describe("an answer that fails", () => {
  test("in the middle keeps what was said, tells the reason and exits with 1", async () => {
    api.overrides[MESSAGES] = (_, response) => {
      stream(response, [
        created,
        delta("Two "),
        ["error", { title: "x", status: 503, detail: "The model is gone.", code: "UNAVAILABLE" }],
      ]);
      response.end();
    };
    expect(await ask("How long?")).toEqual({ code: 1, stdout: "Two \n", stderr: "The model is gone. (UNAVAILABLE)\n" });
  });

  test("by a broken line is not taken for a whole one", async () => {
    api.overrides[MESSAGES] = (_, response) => {
      stream(response, [created, delta("Two ")]);
      setTimeout(() => response.destroy(), 20);
    };
    const { code, stderr } = await ask("How long?");
    expect(stderr).toContain("broke off before its end");
    expect(code).toBe(1);
  });

  test("at once tells the problem", async () => {
    api.overrides[MESSAGES] = (_, response) => problem(response, 404, "NOT_FOUND", "This chatbot does not exist.");
    expect(await ask("How long?")).toMatchObject({
      code: 1,
      stderr: "This chatbot does not exist. (NOT_FOUND, request r1)\n",
    });
  });
});
