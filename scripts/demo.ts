import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { oneLine, out } from "./cli/terminal.ts";
import { type Client, createClient } from "./client/client.ts";
import { ProblemError } from "./client/failure.ts";
import type { Answer, Citation } from "./client/wire.ts";
import {
  DEMO_DOCUMENTS,
  documentLine,
  makeDemoChatbot,
  makeDemoOrganization,
  uploadDemoDocuments,
} from "./local/demo-organization.ts";
import { troubleLine } from "./local/log-line.ts";
import { runSession } from "./local/session.ts";
import type { Stack } from "./local/stack.ts";

/** `cites` is the title of the document that holds the answer; none does without it. */
type Question = { content: string; cites?: string; followsUp?: boolean };
type Told = { answer: Answer; firstDeltaMs: number; completedMs: number };

const QUESTIONS: Question[] = [
  { content: "How long does the warranty on a kettle last?", cites: "Warranty policy" },
  { content: "And how long are its power base and cord covered?", cites: "Warranty policy", followsUp: true },
  {
    content: "What happens when the descaler is mixed with chlorine bleach?",
    cites: "Citric descaler: safety data sheet",
  },
  { content: "クエン酸による洗浄はどのくらいの頻度で行えばよいですか？", cites: "Brisk 17 使い方ガイド" },
  { content: "ศูนย์บริการในประเทศไทยอยู่ที่จังหวัดใด", cites: "Brisk 17 คำถามที่พบบ่อย" },
  { content: "Which airline flies from Lisbon to Reykjavik on Sundays?" },
];
/** About as fast as a language model speaks, so that one sees it stream. */
const TOKENS_PER_SECOND = 60;
const TIME_MS_MAX = 120_000;

/** Does the main job once, from nothing, and judges itself. Keeps nothing and touches nothing that a running dev has. */
async function demo(stack: Stack, leaving: AbortSignal): Promise<number> {
  const { adminKey } = await makeDemoOrganization(stack);
  const client = createClient({ url: stack.url, key: adminKey });
  const chatbotId = await makeDemoChatbot(client, leaving);
  const missing = await readDocuments(client, leaving);
  let conversationId: string | undefined;
  for (const question of QUESTIONS) {
    const told = await ask(client, chatbotId, question, conversationId, leaving);
    conversationId = told.answer.conversationId;
    for (const reason of await judge(client, question, told)) missing.push(`"${question.content}": ${reason}`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (missing.length === 0) {
    console.log(
      `\nAll ${DEMO_DOCUMENTS.length} documents read, all ${QUESTIONS.length} questions answered as they should be, in ${seconds} s.`,
    );
    return 0;
  }
  console.error(`\nAfter ${seconds} s this is missing:\n${missing.map((reason) => `  - ${reason}`).join("\n")}`);
  return 1;
}

async function readDocuments(client: Client, leaving: AbortSignal): Promise<string[]> {
  console.log(`Reading ${DEMO_DOCUMENTS.length} documents …`);
  const documents = await uploadDemoDocuments(client, (document) => console.log(documentLine(document)), leaving);
  return documents
    .filter(({ status, chunkCount }) => status !== "completed" || chunkCount === 0)
    .map(({ title, status, failureReason }) => `${title} is ${status}: ${failureReason ?? "it has no chunks"}`);
}

/** Asks, and prints the answer while it is written. */
async function ask(
  client: Client,
  chatbotId: string,
  { content, followsUp }: Question,
  before: string | undefined,
  signal: AbortSignal,
): Promise<Told> {
  out(`\n${followsUp ? "↳" : "?"} ${content}\n  `);
  const asked = performance.now();
  const sinceAsked = () => performance.now() - asked;
  let firstDeltaMs = Infinity;
  const question = { content, ...(followsUp && { conversationId: before }) };
  for await (const { event, data } of client.ask(chatbotId, question, { signal })) {
    if (event === "error") throw new ProblemError(data);
    if (event === "delta") {
      firstDeltaMs = Math.min(firstDeltaMs, sinceAsked());
      out(data.text);
    }
    if (event !== "message.completed") continue;
    const told = { answer: data, firstDeltaMs, completedMs: sinceAsked() };
    out(`\n${data.message!.citations.map(citationLine).join("")}`);
    out(`  first words after ${Math.round(told.firstDeltaMs)} ms, all after ${Math.round(told.completedMs)} ms\n`);
    return told;
  }
  throw new Error("an answer ended without an end");
}

const citationLine = ({ marker, title, page, quote }: Citation) =>
  `  [${marker}] ${oneLine(title)}${page === null ? "" : `, page ${page}`}: "${oneLine(quote)}"\n`;

/** What is wrong with an answer. */
async function judge(client: Client, { cites }: Question, { answer, firstDeltaMs, completedMs }: Told) {
  const { answered, citations, status } = answer.message!; // nobody takes a demonstration over
  const missing: string[] = [];
  if (status !== "completed") missing.push(`the answer is ${status}`);
  if (firstDeltaMs >= completedMs) missing.push("nothing was said before the answer was complete");
  if (!cites) return answered === false ? missing : [...missing, "was answered, though no document holds the answer"];
  if (answered !== true) missing.push("was not answered");
  if (!citations.some(({ title }) => title === cites)) missing.push(`${cites} was not cited`);
  for (const { marker, documentId, chunkId, quote } of citations)
    if (documentId === null || chunkId === null || !(await readChunk(client, documentId, chunkId))?.includes(quote))
      missing.push(`the quote of [${marker}] does not stand in its chunk`);
  return missing;
}

async function readChunk(client: Client, documentId: string, chunkId: string): Promise<string | undefined> {
  type Page = { items: { id: string; content: string }[] };
  const { items } = await client.request<Page>("GET", `/v1/documents/${documentId}/chunks?limit=100`);
  return items.find(({ id }) => id === chunkId)?.content;
}

const started = performance.now();
const outdir = mkdtempSync(join(tmpdir(), "edgelore-demo-"));
process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
setTimeout(() => {
  console.error(`The demo did not come to its end within ${TIME_MS_MAX / 1000} s.`);
  process.exit(1);
}, TIME_MS_MAX).unref();

await runSession(
  async () => ({
    outdir,
    bedrock: { tokensPerSecond: TOKENS_PER_SECOND },
    onStep: (step) => console.log(`${step} …`),
    onLog(line) {
      const trouble = troubleLine(line);
      if (trouble) console.error(trouble);
    },
  }),
  demo,
  { verbose: true },
);
