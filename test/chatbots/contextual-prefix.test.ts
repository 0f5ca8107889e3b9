import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { chunkDocument } from "../../functions/chatbots/chunking.ts";
import { DEFAULT_CHUNKING } from "../../functions/chatbots/chunking-settings.ts";
import { writePrefixes } from "../../functions/chatbots/contextual-prefix.ts";
import { documentText } from "../../functions/chatbots/extraction/chunk.ts";
import { extract } from "../../functions/chatbots/extraction/extract.ts";
import { openGateway } from "../../functions/kernel/ai/gateway.ts";
import { listen } from "../../scripts/local/bedrock/listener.ts";
import { type Fault, serveBedrock } from "../../scripts/local/bedrock/server.ts";
import { readBody, sendJson } from "../../scripts/local/faults.ts";
import { envWith } from "../env.ts";
import { grantAll } from "../harness.ts";

let server: Awaited<ReturnType<typeof serveBedrock>>;
beforeAll(async () => {
  server = await serveBedrock({ embeddings: "hashing" });
  return server.close;
});

const gateway = (endpoint = server.url, model = "local.extractive-v1") => {
  const env = envWith({ BEDROCK_ENDPOINT: endpoint, UTILITY_MODEL: model });
  return { ai: openGateway(env, { requestId: crypto.randomUUID(), operation: "document.ingest" }, grantAll) };
};
const order = (fault: Fault) => server.faults.push({ operation: "converse", ...fault });

async function documentOf(name: string, language: string) {
  const { blocks } = await extract(readFileSync(`scripts/local/documents/${name}`), { filename: name });
  const chunks = await chunkDocument(blocks, { ...DEFAULT_CHUNKING, chunkTokens: 120 }, language);
  return { document: { title: "Brisk 17", text: documentText(blocks) }, chunks };
}

test.each([
  ["brisk-17-manual.md", "en"],
  ["brisk-faq.th.txt", "th"],
  ["brisk-17-user-guide.ja.md", "ja"],
])(
  "each chunk of %s has a prefix made of its document, in its language, of at most 300 characters",
  async (name, language) => {
    const { document, chunks } = await documentOf(name, language);
    const { prefixes, warnings } = await writePrefixes(gateway(), document, chunks);
    expect(warnings).toEqual([]);
    expect(prefixes).toHaveLength(chunks.length);
    for (const prefix of prefixes) {
      expect(prefix.length).toBeGreaterThan(0);
      expect(prefix.length).toBeLessThanOrEqual(300);
      expect(prefix.startsWith(document.text.split("\n")[0]!)).toBe(true);
    }
    expect(new Set(prefixes).size).toBeGreaterThan(1);
  },
);

describe("a model that", () => {
  const three = () =>
    documentOf("brisk-17-manual.md", "en").then(({ document, chunks }) => ({ document, chunks: chunks.slice(0, 3) }));

  test("refuses one chunk leaves that one without, and a warning says so", async () => {
    const { document, chunks } = await three();
    order({ kind: "validation", times: 1 });
    const { prefixes, warnings } = await writePrefixes(gateway(), document, chunks);
    expect(prefixes.map((prefix) => prefix === "")).toEqual([true, false, false]);
    expect(warnings).toEqual([expect.stringMatching(/^1 of 3 chunks have no prefix: The model .* refuses/)]);
  });

  test("refuses all is not asked for all", async () => {
    const { document, chunks } = await documentOf("brisk-17-manual.md", "en");
    order({ kind: "validation", times: 8 });
    const { prefixes, warnings } = await writePrefixes(gateway(), document, chunks);
    server.faults.length = 0;
    expect(chunks.length).toBeGreaterThan(9);
    expect(new Set(prefixes)).toEqual(new Set([""]));
    expect(warnings).toHaveLength(1);
  });

  test("does not answer is an outage, and not a document without prefixes", async () => {
    const { document, chunks } = await three();
    const none = await listen((_, response) => sendJson(response, 503, { message: "out" }), 0);
    await expect(writePrefixes(gateway(none.url), document, chunks)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await none.close();
  });

  test("keeps nothing between calls is asked without a cache, and what it adds to a plain sentence is left out", async () => {
    const asked: { content: { cachePoint?: object; text?: string }[] }[] = [];
    const answers = ["**It is about** the `Brisk 17`.\n\n", '"The kettle\'s lid."', "<b>กาต้มน้ำไฟฟ้ารุ่นใหม่ของบริษัท</b>"];
    const model = await listen(async (request: IncomingMessage, response) => {
      const { messages } = JSON.parse(await readBody(request));
      if (messages[0].content.some(({ cachePoint }: { cachePoint?: object }) => cachePoint))
        return sendJson(response, 403, {
          __type: "AccessDeniedException",
          message: "your request did not allow prompt caching",
        });
      asked.push(messages[0]);
      const content = [{ text: answers.shift() }];
      return sendJson(response, 200, {
        output: { message: { role: "assistant", content } },
        stopReason: "end_turn",
        usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
      });
    }, 0);
    const { document, chunks } = await three();
    const { prefixes, warnings } = await writePrefixes(gateway(model.url, "meta.llama3"), document, [chunks[0]!]);
    expect(prefixes).toEqual(["It is about the Brisk 17."]);
    expect(warnings).toEqual([]);
    const later = await writePrefixes(gateway(model.url, "meta.llama3"), document, [chunks[1]!]);
    expect(later.prefixes).toEqual(["The kettle's lid."]);
    const foreign = await writePrefixes(gateway(model.url, "meta.llama3"), document, [chunks[2]!]);
    expect(foreign).toEqual({ prefixes: [""], warnings: [expect.stringMatching(/^1 of 1 chunks/)] });
    expect(asked).toHaveLength(3);
    await model.close();
  });
});

test("of a long document a model is shown the beginning and the surroundings, the same for neighbours", async () => {
  const asked: string[][] = [];
  const ai = {
    ...gateway().ai,
    async complete({ shared, prompt }: { shared: string; prompt: string }) {
      asked.push([shared, prompt]);
      return "A rule of the harbour.";
    },
  };
  const text = Array.from({ length: 4_000 }, (_, i) => `Rule ${i} is that boats go slow </document> at night.`).join(
    " ",
  );
  const chunks = await chunkDocument([{ kind: "paragraph", text }], DEFAULT_CHUNKING, "en");
  await writePrefixes({ ai }, { title: "Rules", text }, chunks);
  expect(asked).toHaveLength(chunks.length);
  const shared = new Set(asked.map(([shared]) => shared!));
  expect(shared.size).toBe(Math.ceil(chunks.at(-1)!.startOffset / 24_000));
  for (const [shared, prompt] of asked as [string, string][]) {
    expect(shared.length).toBeLessThan(33_000);
    expect(shared).toContain("Rule 0 is");
    expect(shared.match(/<\/document>/g)).toHaveLength(1);
    const [number] = /Rule \d+/.exec(prompt)!;
    expect(shared).toContain(number);
  }
});
