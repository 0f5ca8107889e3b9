import type { z } from "zod";
import { newId } from "../../db/columns.ts";
import type { JsonObject } from "../../db/json.ts";
import type { Document } from "../../db/queries/chatbots/document.ts";
import { readSelfCheck, type SelfCheckState } from "../../db/queries/chatbots/self-check.ts";
import type { SelfCheckStep } from "../../db/queries/events/self-check.ts";
import type { Ctx } from "../kernel/context.ts";
import { isLostLease, toApiError, unanswered } from "../kernel/errors.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { log } from "../kernel/log.ts";
import { AnswerReply } from "./answering.ts";
import { createChatbot } from "./chatbot.create.ts";
import { removeChatbot } from "./chatbot.delete.ts";
import { removeDocument } from "./document.delete.ts";
import { uploadDocument } from "./document.upload.ts";
import { sendMessage } from "./message.send.ts";

/**
 * Does what customers do, by the same operations: stores a document that holds a new fact, waits until it can be asked, asks
 * for the fact, and judges the answer. How far it has come is told by what it has made, so any worker can go on. What a
 * check that failed has made is deleted by the next one.
 */
export const runSelfCheck = job({
  kind: "self-check.run",
  async run(ctx, organizationId) {
    const state = await readSelfCheck(ctx);
    const duration = () => ({ durationMs: msSince(Date.parse(state.startedAt)) });
    try {
      if ((await goOn(ctx, state)) === "later") return "later";
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      const { step, message: reason, stepDurationMs } = error;
      return failed(ctx, organizationId, { step, reason, stepDurationMs, ...duration() });
    }
    log("info", "self-check passed", { requestId: ctx.requestId, ...duration() });
    return ctx.emit("self-check.passed", organizationId, duration(), { category: "system" });
  },
  failed: (ctx, organizationId, reason) => failed(ctx, organizationId, { reason }),
});

function failed(ctx: Ctx, organizationId: string, data: JsonObject) {
  log("error", "self-check failed", { requestId: ctx.requestId, ...data });
  return ctx.emit("self-check.failed", organizationId, data, { category: "error", severity: "critical" });
}

/** The database's clock may be ahead of ours. */
const msSince = (began: number) => Math.max(0, Date.now() - began);

class StepFailed extends Error {
  readonly step: SelfCheckStep;
  readonly stepDurationMs: number;
  constructor(step: SelfCheckStep, reason: string, began: number) {
    super(reason);
    this.step = step;
    this.stepDurationMs = msSince(began);
  }
}

/** What the document's text, the question and the answer have in common; known again by the document's id. */
function factOf(documentId: string) {
  const random = documentId.slice(-12);
  const word = Array.from(random.slice(0, 6), (digit) => SYLLABLES[Number.parseInt(digit, 16)]).join("");
  const number = 1_000 + (Number.parseInt(random.slice(6), 16) % 9_000);
  return {
    number: String(number),
    text: `The number of the code word ${word} is ${number}.`,
    question: `What is the number of the code word ${word}?`,
  };
}
const SYLLABLES = "ba de fi go ka le mi no pa re si to va we zi yo".split(" ");

async function goOn(ctx: Ctx, state: SelfCheckState): Promise<"later" | "passed"> {
  const { document, startedAt } = state;
  const { step, since } = placeOf(document, startedAt);
  if (msSince(Date.parse(startedAt)) > LIMITS.selfCheckMs)
    throw new StepFailed(step, `It has not passed within ${LIMITS.selfCheckMs / 60_000} minutes.`, since);
  if (document?.status === "failed") throw new StepFailed(step, document.failureReason ?? "It failed.", since);
  if (!document) {
    await trying(ctx, "delete", () => clear(ctx, state));
    await trying(ctx, "store", () => store(ctx));
    return "later";
  }
  if (document.status !== "completed") return "later";
  const began = Date.now();
  const fault = faultOf(await trying(ctx, "answer", () => ask(ctx, document.id)), document.id);
  if (fault) throw new StepFailed("answer", fault, began);
  await trying(ctx, "delete", async () => clear(ctx, await readSelfCheck(ctx)));
  return "passed";
}

/** The step that is due or under way, and since when. */
function placeOf(document: Document | undefined, startedAt: string): { step: SelfCheckStep; since: number } {
  if (!document) return { step: "store", since: Date.parse(startedAt) };
  const { status, createdAt, processedAt, processingLog } = document;
  if (status === "completed") return { step: "answer", since: Date.parse(processedAt ?? createdAt) };
  const chunked = processingLog.find(({ step }) => step === "chunked");
  return chunked ? { step: "embed", since: Date.parse(chunked.at) } : { step: "ingest", since: Date.parse(createdAt) };
}

/** A failure is the step's, unless the database or the lease is gone: then another try tells. */
async function trying<T>(ctx: Ctx, step: SelfCheckStep, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  try {
    return await work();
  } catch (error) {
    if (unanswered(error) || isLostLease(error)) throw error;
    throw new StepFailed(step, toApiError(error, ctx.requestId).message, began);
  }
}

/** As a request would bring it, of a caller who does not leave. */
const input = (more: { params?: Record<string, string>; body?: unknown; resultId?: string }) => ({
  params: {},
  query: {},
  body: undefined,
  signal: new AbortController().signal,
  resultId: newId(),
  ...more,
});

async function store(ctx: Ctx): Promise<void> {
  const resultId = newId();
  const json = { title: "Self-check", text: factOf(resultId).text, mimeType: "text/plain" };
  await uploadDocument.run(ctx, input({ body: { form: "json", json }, resultId }));
}

async function ask(ctx: Ctx, documentId: string): Promise<Message> {
  const chatbotId = newId();
  await createChatbot.run(ctx, input({ body: { name: `Self-check ${chatbotId}` }, resultId: chatbotId }));
  const body = { content: factOf(documentId).question };
  return AnswerReply.parse(await sendMessage.run(ctx, input({ params: { chatbotId }, body }))).message!;
}

type Message = NonNullable<z.output<typeof AnswerReply>["message"]>;

function faultOf({ status, answered, content, citations }: Message, documentId: string): string | undefined {
  const { number, text } = factOf(documentId);
  if (status !== "completed") return `The answer is ${status}.`;
  if (!answered) return "The answer was not found.";
  if (!content.replace(/\D/g, "").includes(number)) return "The answer does not say what the document says.";
  const isProven = citations.some((citation) => citation.documentId === documentId && text.includes(citation.quote));
  return isProven ? undefined : "The answer has no quote that stands in the document.";
}

/** Documents with their bytes, chatbots with their conversations. */
async function clear(ctx: Ctx, { documentIds, chatbotIds }: SelfCheckState): Promise<void> {
  for (const chatbotId of chatbotIds) await removeChatbot.run(ctx, input({ params: { chatbotId } }));
  for (const documentId of documentIds) await removeDocument.run(ctx, input({ params: { documentId } }));
}
