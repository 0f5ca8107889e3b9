import { ServiceError } from "./errors.ts";
import { picturesOf } from "./pdf-pictures.ts";
import { type Content, type ConverseBody, textOf } from "./prompt.ts";
import type { Read, Reader } from "./reader.ts";
import { countTokens } from "./tokens.ts";

/** About what Nova takes for a page. */
const tokensPerPage = 1_500;

const pagesIn = ({ messages }: ConverseBody) =>
  messages.at(-1)!.content.filter(({ image, document }) => image ?? document);

export const showsPage = (request: ConverseBody): boolean => pagesIn(request).length > 0;

/** What is written on the pages of the last message: the input of the tool that must be called, else a text. */
export async function transcribe(reader: Reader, request: ConverseBody) {
  const startedAt = performance.now();
  const pages = pagesIn(request);
  const reads = (await Promise.all(pages.map((page) => readPage(reader, page)))).flat();
  const text = reads.map((read) => read.text).join("\n\n");
  const confidence = Math.min(1, ...reads.map((read) => read.confidence));
  const inputTokens = countTokens(textOf(request.messages.at(-1)!.content)) + tokensPerPage * pages.length;
  const outputTokens = countTokens(text);
  const tool = request.toolConfig?.toolChoice?.tool?.name;
  const isCut = outputTokens > (request.inferenceConfig?.maxTokens ?? Infinity);
  const input = isCut ? {} : { text, confidence };
  const answer = tool ? { toolUse: { toolUseId: `tooluse_${crypto.randomUUID()}`, name: tool, input } } : { text };
  return {
    output: { message: { role: "assistant", content: [answer] } },
    stopReason: isCut ? "max_tokens" : tool ? "tool_use" : "end_turn",
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
    metrics: { latencyMs: Math.round(performance.now() - startedAt) },
  };
}

async function readPage(reader: Reader, { image, document }: Content): Promise<Read[]> {
  try {
    const bytes = Buffer.from((image ?? document)!.source.bytes, "base64");
    const pictures = document ? await picturesOf(bytes) : [bytes];
    return await Promise.all(pictures.map((picture) => reader.read(picture)));
  } catch (error) {
    throw new ServiceError("ValidationException", `Could not process the image or document: ${error}`);
  }
}
