import { malformed, ServiceError } from "./errors.ts";
import type { Question, Source } from "./extractive.ts";

type File = { format: string; name?: string; source: { bytes: string } };
export type Content = { text?: string; image?: File; document?: File };
export type Message = { role: "user" | "assistant"; content: Content[] };
export type ConverseBody = {
  messages: Message[];
  toolConfig?: { tools: { toolSpec: { name: string } }[]; toolChoice?: { tool?: { name: string } } };
  system?: { text?: string }[];
  inferenceConfig?: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
};

const refuse = (message: string) => new ServiceError("ValidationException", message);

/** What Bedrock refuses before any model sees it; a gateway that passes here does not fail there. */
export function validateConverse(body: unknown): ConverseBody {
  const { messages } = (body ?? {}) as ConverseBody;
  if (!Array.isArray(messages) || messages.length === 0) throw malformed("#: required key [messages] not found");
  messages.forEach(({ role, content }, i) => {
    if (role !== (i % 2 === 0 ? "user" : "assistant")) {
      throw refuse(
        i === 0
          ? "A conversation must start with a user message. Try again with a conversation that starts with a user message."
          : "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
      );
    }
    if (!content?.length)
      throw refuse(
        `The content field in the Message object at messages.${i} is empty. Add a ContentBlock object to the content field and try again.`,
      );
    const blank = content.findIndex(({ text }) => text !== undefined && text.trim() === "");
    if (blank >= 0) {
      throw refuse(
        `The text field in the ContentBlock object at messages.${i}.content.${blank} is blank. Add text to the text field, and try again.`,
      );
    }
    checkFiles(content, `messages.${i}`);
  });
  checkTools(body as ConverseBody);
  return body as ConverseBody;
}

const imageFormats = ["png", "jpeg", "gif", "webp"];
const imageBytesMax = 3.75 * 1024 * 1024;
const documentBytesMax = 4.5 * 1024 * 1024;

function checkFiles(content: Content[], path: string): void {
  const sizeOf = ({ source }: File) => Buffer.byteLength(source.bytes, "base64");
  content.forEach(({ image, document }, i) => {
    if (image && !imageFormats.includes(image.format)) throw refuse(`${path}.content.${i}.image.format is not valid.`);
    if (image && sizeOf(image) > imageBytesMax) throw refuse(`${path}.content.${i}.image exceeds 3.75 MB.`);
    if (!document) return;
    if (!content.some(({ text }) => text !== undefined))
      throw refuse(`Add a text block to ${path}.content: a document field needs one.`);
    if (!/^(?!.*\s\s)[\w\s()[\]-]+$/.test(document.name ?? ""))
      throw refuse(
        "The document file name can only contain alphanumeric characters, whitespace, hyphens and brackets.",
      );
    if (sizeOf(document) > documentBytesMax) throw refuse(`${path}.content.${i}.document exceeds 4.5 MB.`);
  });
}

function checkTools({ toolConfig }: ConverseBody): void {
  const chosen = toolConfig?.toolChoice?.tool?.name;
  if (chosen !== undefined && !toolConfig?.tools.some(({ toolSpec }) => toolSpec.name === chosen))
    throw refuse(`The tool ${chosen}, which toolChoice names, is not among the tools.`);
}

export const textOf = (content: { text?: string }[]) => content.flatMap(({ text }) => text ?? []).join("\n");

const sourceBlock = /^<source id="([^"]*)"(?: title="([^"]*)")?[^>]*>\n([\s\S]*?)\n?<\/source>\s*$/;
const questionBlock = /<question\b[^>]*>\s*([\s\S]*?)\s*<\/question>/;

/** The question with its sources, or undefined where the prompt asks for something else. */
export function readQuestion({ messages }: ConverseBody): Question | undefined {
  const last = messages.at(-1)!;
  const blocks = last.content.flatMap(({ text }) => text ?? []);
  const text = blocks.map((block) => questionBlock.exec(block)?.[1]).findLast((found) => found !== undefined);
  if (text === undefined) return undefined;
  const before = messages.slice(0, -1).findLast(({ role }) => role === "user");
  const earlier = before && textOf(before.content);
  return {
    text,
    previous: earlier && (questionBlock.exec(earlier)?.[1] ?? earlier),
    sources: blocks.flatMap(readSource),
  };
}

function readSource(block: string): Source[] {
  const match = sourceBlock.exec(block);
  if (!match) return [];
  const [, id = "", title = "", text = ""] = match;
  const plain = (value: string) =>
    value.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  return [{ id, title: plain(title), text }];
}
