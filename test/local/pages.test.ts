import { readFileSync } from "node:fs";
import { BedrockRuntimeClient, type ContentBlock, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { beforeAll, expect, test } from "vitest";
import { serveBedrock } from "../../scripts/local/bedrock/server.ts";
import { makeScannedPdf } from "../chatbots/extraction/pdf-maker.ts";

const english = new Uint8Array(readFileSync(new URL("../chatbots/extraction/fixtures/english.png", import.meta.url)));

let client: BedrockRuntimeClient;
beforeAll(async () => {
  const { url: endpoint, close } = await serveBedrock({ embeddings: "hashing" });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new BedrockRuntimeClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  return close;
});

const ask = (content: ContentBlock[], more = {}) =>
  client.send(new ConverseCommand({ modelId: "local.tesseract-v1", messages: [{ role: "user", content }], ...more }));
const image = (bytes: Uint8Array): ContentBlock => ({ image: { format: "png", source: { bytes } } });
const pdf = (bytes: Uint8Array, name = "page"): ContentBlock => ({
  document: { format: "pdf", name, source: { bytes } },
});
const tools = (chosen: string) => ({
  toolConfig: {
    tools: [{ toolSpec: { name: "write", inputSchema: { json: { type: "object" } } } }],
    toolChoice: { tool: { name: chosen } },
  },
});

test("a page is answered with its text, as input of the tool that must be called or as it is", async () => {
  const { output, stopReason, usage } = await ask([image(english)], tools("write"));
  expect(output?.message?.content).toEqual([
    {
      toolUse: {
        toolUseId: expect.any(String),
        name: "write",
        input: { text: expect.stringContaining("opens at nine"), confidence: expect.closeTo(0.95, 1) },
      },
    },
  ]);
  expect({ stopReason, usage }).toMatchObject({ stopReason: "tool_use", usage: { outputTokens: expect.any(Number) } });
  expect((await ask([image(english)])).output?.message?.content).toEqual([{ text: expect.stringContaining("scone") }]);
});

test("a scan that lies upside down on a page which is turned is read as it is seen", async () => {
  const upright = Buffer.from(makeScannedPdf([english])).toString("latin1");
  const height = (595 * 380) / 1100;
  const turned = upright
    .replace("/MediaBox", "/Rotate 180 /MediaBox")
    .replace(/595 0 0 \S+ 0 \S+ cm/, `-595 0 0 -${height} 595 ${height} cm`);
  expect(turned).not.toBe(upright);
  const { output } = await ask([pdf(Buffer.from(turned, "latin1")), { text: "Read." }]);
  expect(output?.message?.content?.[0]?.text).toContain("opens at nine");
});

test("what Bedrock refuses is refused", async () => {
  const scan = makeScannedPdf([english]);
  for (const [content, more] of [
    [[image(english.subarray(0, 500))]],
    [[image(new Uint8Array(4_000_000))]],
    [[pdf(scan)]],
    [[pdf(scan, "a.pdf"), { text: "Read." }]],
    [[image(english)], tools("other")],
  ] as const)
    await expect(ask([...content], more)).rejects.toMatchObject({ name: "ValidationException" });
});

test("an answer longer than it may be breaks off", async () => {
  const { stopReason } = await ask([image(english)], { ...tools("write"), inferenceConfig: { maxTokens: 5 } });
  expect(stopReason).toBe("max_tokens");
});
