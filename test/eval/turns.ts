import { type Client, createClient } from "../../scripts/client/client.ts";
import type { Stack } from "../../scripts/local/stack.ts";
import type { BeirQuery, BeirSet } from "./beir.ts";
import { type Loaded, loadDocuments } from "./load.ts";
import { makeScratchOrganization } from "./organization.ts";
import { eachAtOnce, progressOf } from "./progress.ts";

/** What a question that was asked in a conversation is searched with. */
export const TURNS = ["last", "earlier", "rewrite"] as const;
export type Turns = (typeof TURNS)[number];
export type TurnFigures = { "recall@5": number; leaning: number; rewritten: number };

type Options = { isKept: boolean; signal: AbortSignal; say: (line: string) => void };

const FOUND = 5;
const AT_ONCE = 2;
const MESSAGE_CHARS_MAX = 20_000;

/**
 * Loads a set by the public API and asks a chatbot, whose traces say what it found, each question that was not the first of its
 * conversation: alone, with what was said before, and with that and a model that rewrites.
 */
export async function evaluateTurns(stack: Stack, set: BeirSet, turns: readonly Turns[], options: Options) {
  const { isKept, signal, say } = options;
  const queries = set.queries.filter(({ history = [] }) => history.length > 0);
  const organization = await makeScratchOrganization(stack);
  try {
    const client = createClient({ url: stack.url, key: organization.key });
    const loaded = await loadDocuments(client, set.documents, signal);
    for (const [reason, count] of loaded.missing)
      say(`${count} of ${set.documents.length} documents are not searched. ${reason}`);
    const figures: Partial<Record<Turns, TurnFigures>> = {};
    for (const way of turns) {
      const chatbot = { name: `Turns: ${way}`, retrievalK: FOUND, rewriteFollowUps: way === "rewrite" };
      const { id } = await client.request<{ id: string }>("POST", "/v1/chatbots", chatbot, { signal });
      figures[way] = await askAll(client, id, way, queries, set, loaded, signal);
      say(`${way}: ${JSON.stringify(figures[way])}`);
    }
    return { questions: queries.length, figures };
  } finally {
    if (isKept) await organization.remove();
  }
}

type Step = { step: string; rewritten?: string | null; earlierQuestions?: number; chunks?: { documentId: string }[] };

async function askAll(
  client: Client,
  chatbotId: string,
  way: Turns,
  queries: readonly BeirQuery[],
  { judgments }: BeirSet,
  { idsOf }: Loaded,
  signal: AbortSignal,
): Promise<TurnFigures> {
  const sums: TurnFigures = { "recall@5": 0, leaning: 0, rewritten: 0 };
  const progress = progressOf(`Asking (${way})`, queries.length);
  await eachAtOnce(queries, AT_ONCE, async ({ id, text, history = [] }) => {
    const before = way === "last" ? [] : history;
    // What a person said that nobody answered is no part of the question.
    const silence = before.at(-1)?.role === "user" ? [{ role: "assistant", content: "" }] : [];
    const said = [...before, ...silence, { role: "user", content: text }];
    const messages = said.map(({ role, content }) => ({ role, content: content.slice(0, MESSAGE_CHARS_MAX) }));
    const completion = { model: chatbotId, messages };
    const answer = await client.request<{ id: string }>("POST", "/v1/chat/completions", completion, {
      signal,
      idempotencyKey: null, // asked twice it is answered twice, which is no harm here
    });
    const messageId = answer.id.replace("chatcmpl-", "");
    const { steps } = await client.request<{ steps: Step[] }>("GET", `/v1/messages/${messageId}/trace`, undefined, {
      signal,
    });
    const { chunks = [], earlierQuestions = 0 } = steps.find(({ step }) => step === "retrieve") ?? { step: "none" };
    const found = new Set(chunks.flatMap(({ documentId }) => idsOf.get(documentId) ?? []));
    const relevant = [...judgments.get(id)!.keys()];
    sums["recall@5"] += relevant.filter((document) => found.has(document)).length / relevant.length;
    const rewritten = steps.some(({ step, rewritten }) => step === "rewrite" && rewritten !== null);
    sums.rewritten += Number(rewritten);
    sums.leaning += Number(rewritten || earlierQuestions > 0);
    progress.step();
  });
  progress.end();
  return { ...sums, "recall@5": sums["recall@5"] / queries.length };
}

export const turnsTable = ({ questions, figures }: Awaited<ReturnType<typeof evaluateTurns>>) =>
  [
    `${questions} questions that were not the first of their conversation`,
    `${"".padEnd(10)}${"recall@5".padStart(12)}${"leaning".padStart(12)}${"rewritten".padStart(12)}`,
    ...Object.entries(figures).map(
      ([way, { "recall@5": recall, leaning, rewritten }]) =>
        `${way.padEnd(10)}${recall.toFixed(4).padStart(12)}${String(leaning).padStart(12)}${String(rewritten).padStart(12)}`,
    ),
  ].join("\n");
