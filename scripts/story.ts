import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { oneLine } from "./cli/terminal.ts";
import { type Client, createClient } from "./client/client.ts";
import { ProblemError } from "./client/failure.ts";
import { documentLine, makeDemoOrganization, uploadDemoDocuments } from "./local/demo-organization.ts";
import { troubleLine } from "./local/log-line.ts";
import { runSession } from "./local/session.ts";
import type { Stack } from "./local/stack.ts";

type Retest = { answered: boolean; curatedAnswerId: string | null };
type Figures = {
  correctness: number | null;
  refusedAnswerable: number | null;
  refusedUnanswerable: number | null;
  wrongQuotes: number;
};
type Compared = { before: Figures; figures: Figures; better: { question: string }[]; worse: { question: string }[] };
type Eval = { id: string; status: string; summary: Figures; comparison: Compared | null };
type Chatbot = { id: string; status: string; revision: number; systemPrompt: string; scoreThreshold: number };
type Inbox = {
  items: { id: string; question: string; timesAsked: number; draft: { content: string | null } | null }[];
};
type Suggestion = { type: string; reason: string; change?: Partial<Chatbot> };
type Feedback = { id: string; status: string; appliedRevision: number; suggestedImprovements: Suggestion[] };

const WARRANTY = "How long does the warranty on a kettle last?";
const BLEACH = "What happens when the descaler is mixed with chlorine bleach?";
const AIRLINE = "Which airline flies from Lisbon to Reykjavik on Sundays?";
const CORD = "How long are the power base and cord covered?";
/** No passage is so near to a question, whatever can be known of it. */
const TOO_STRICT = 1;
const TIME_MS_MAX = 300_000;

/** A chatbot becomes better before our eyes. Each step says what it does and holds what comes of it against what should. */
async function story(stack: Stack, leaving: AbortSignal): Promise<number> {
  const { adminKey } = await makeDemoOrganization(stack);
  const makers = createClient({ url: stack.url, key: adminKey });
  const send = <T>(method: string, path: string, body?: unknown) =>
    makers.request<T>(method, path, body, { signal: leaving });
  const post = <T>(path: string, body?: unknown) => send<T>("POST", path, body);

  say("We upload what the chatbot is to answer from.");
  for (const document of await uploadDemoDocuments(makers, () => undefined, leaving))
    tell(documentLine(document).trim());

  say("A new chatbot is `testing`: it answers those who made it, and the public not yet.");
  const draft = { name: "Kettle support", status: "testing", scoreThreshold: TOO_STRICT };
  const { id: chatbotId } = await post<Chatbot>("/v1/chatbots", draft);
  const bot = `/v1/chatbots/${chatbotId}`;
  const { secret } = await post<{ secret: string }>("/v1/keys", {
    name: "The shop's page",
    scopes: ["chatbots:answer"],
  });
  const visitors = createClient({ url: stack.url, key: secret });
  const ask = async (client: Client, content: string) => {
    const { message } = await client.answer(chatbotId, { content }, { signal: leaving });
    if (!message) throw new Error("A person is to answer here, and none is.");
    return message;
  };
  tell(`A visitor of the shop: ${await refusalOf(ask(visitors, WARRANTY), 409)}`);
  const first = await ask(makers, WARRANTY);
  hold("it refuses what the documents hold, for it is too strict", first.answered === false);
  tell(`We ask: "${WARRANTY}" It says: "${first.content}"`);

  say("Golden questions say what it should answer, and what not; an eval asks them all.");
  for (const question of [
    { question: WARRANTY, expectedFacts: ["36 months"] },
    { question: BLEACH, expectedFacts: ["chlorine gas"] },
    { question: AIRLINE, answerable: false },
  ])
    await post(`${bot}/golden-questions`, question);
  const evaluated = async (begun: Promise<{ id: string }>, other = "") => {
    const { id } = await begun;
    const done = await until(
      `eval ${id}`,
      () => send<Eval>("GET", `/v1/evals/${id}${other}`),
      ({ status }) => status !== "running",
      leaving,
    );
    hold(
      "the eval has completed, and no quote is wrong",
      done.status === "completed" && done.summary.wrongQuotes === 0,
    );
    return done;
  };
  const before = await evaluated(post(`${bot}/evals`, {}));
  tell(figuresOf(before.summary));
  hold("all that the documents hold was refused", before.summary.refusedAnswerable === 1);

  say("What it refuses lands in the inbox of unanswered questions, with a draft from what stands nearest.");
  await ask(makers, CORD);
  const isDrafted = ({ items }: Inbox) => items.some(({ question, draft }) => question === CORD && draft !== null);
  const inbox = await until(
    "draft",
    () => send<Inbox>("GET", `${bot}/unanswered-questions?status=open`),
    isDrafted,
    leaving,
  );
  for (const { question, timesAsked, draft } of inbox.items)
    tell(`${timesAsked} × "${question}" – ${draft?.content ? `"${oneLine(draft.content)}"` : "no draft"}`);
  const cord = inbox.items.find(({ question }) => question === CORD)!;
  hold("the draft has an answer", cord.draft?.content != null);
  const path = `${bot}/unanswered-questions/${cord.id}`;
  hold("asked again it still refuses", (await post<Retest>(`${path}/retest`)).answered === false);
  await post(`${path}/approve`, {});
  hold("approved, the retest is answered", (await post<Retest>(`${path}/retest`)).curatedAnswerId !== null);
  const curated = await ask(makers, CORD.toUpperCase());
  hold("so is whoever asks it, however it is written", typeof curated.curatedAnswerId === "string");
  tell(`Approved. Now it says: "${oneLine((await ask(makers, CORD)).content)}"`);

  say("Somebody of ours complains; a model reads the conversation and suggests what to change.");
  const analyzed = async (complaint: object) => {
    const { id } = await post<Feedback>("/v1/admin-feedback", { chatbotId, ...complaint });
    return until(
      "analysis",
      () => send<Feedback>("GET", `/v1/admin-feedback/${id}`),
      ({ status }) => status === "completed",
      leaving,
    );
  };
  const accuracy = {
    messageId: first.id,
    feedbackText: "This stands in the policy.",
    feedbackType: "accuracy",
    severity: "high",
  };
  const feedback = await analyzed(accuracy);
  for (const [index, { type, reason, change }] of feedback.suggestedImprovements.entries())
    tell(`${index}: ${type} – ${reason} ${change ? JSON.stringify(change) : ""}`);
  const threshold = feedback.suggestedImprovements.findIndex(({ type }) => type === "threshold");
  hold("a lower threshold is among them", threshold >= 0);

  say("Before it is applied, it is previewed on the golden questions.");
  const of = `/v1/admin-feedback/${feedback.id}`;
  const preview = await evaluated(post(`${of}/preview`, { suggestions: [threshold] }), `?with=${before.id}`);
  tell(`${figuresOf(preview.comparison!.before)} → ${figuresOf(preview.comparison!.figures)}`);
  hold(
    "some are better and none is worse",
    preview.comparison!.better.length > 0 && preview.comparison!.worse.length === 0,
  );
  const applied = await post<Feedback>(`${of}/apply`, {
    suggestions: [threshold],
    reason: "It refused what the policy says.",
  });
  tell(`Applied: revision ${applied.appliedRevision}. "${oneLine((await ask(makers, WARRANTY)).content)}"`);
  hold("it is applied", applied.status === "applied" && (await ask(makers, WARRANTY)).answered === true);

  say("It goes live behind a gate: from now on nothing that makes an eval worse may change it.");
  await send("PATCH", bot, { evalGate: { maxDrop: 0 } });
  const live = await send<Chatbot>("PATCH", bot, { status: "active", reason: "It answers well." });
  const answer = await ask(visitors, WARRANTY);
  hold("the visitor is answered", answer.answered === true);
  tell(`The visitor: "${oneLine(answer.content)}"`);

  say("A change that makes it worse is refused, before anybody tried it and after.");
  const worse = { scoreThreshold: TOO_STRICT, retrievalK: 1 };
  tell(await refusalOf(send("PATCH", bot, worse), 409));
  await evaluated(post(`${bot}/evals`, { change: worse }));
  tell(await refusalOf(send("PATCH", bot, worse), 409));
  hold("nothing has changed", (await send<Chatbot>("GET", bot)).revision === live.revision);

  say("Another complaint is applied, passes the gate, and is taken back in one call.");
  const tone = { feedbackText: "It should greet people.", feedbackType: "tone", severity: "low" };
  const second = await analyzed(tone);
  await evaluated(post(`/v1/admin-feedback/${second.id}/preview`, { suggestions: [0] }));
  const greeted = await post<Feedback>(`/v1/admin-feedback/${second.id}/apply`, { suggestions: [0] });
  const changed = await send<Chatbot>("GET", bot);
  hold(
    "the prompt has changed",
    changed.systemPrompt === "It should greet people." && greeted.appliedRevision === changed.revision,
  );
  await post(`/v1/admin-feedback/${second.id}/revert`, { reason: "Nobody liked it." });
  const reverted = await send<Chatbot>("GET", bot);
  hold(
    "it is as it was, in a new revision",
    reverted.systemPrompt === "" && reverted.revision === changed.revision + 1,
  );

  say("All of it is the chatbot's history.");
  type Revision = { number: number; changed: string[]; reason: string | null };
  const { items } = await send<{ items: Revision[] }>("GET", `${bot}/revisions`);
  for (const { number, changed, reason } of items.reverse())
    tell(`${number}: ${changed.join(", ") || "made"}${reason ? ` – ${reason}` : ""}`);
  console.log(`\nAll ${held} things are as they should be, in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  return 0;
}

let chapter = 0;
let held = 0;
const say = (text: string) => console.log(`\n${++chapter}. ${text}`);
const tell = (text: string) => console.log(`   ${text}`);

/** Ends the story, aloud, where something is not as it should be. */
function hold(what: string, isSo: boolean): void {
  if (!isSo) throw new Error(`This should be so, and is not: ${what}.`);
  held += 1;
}

/** What was said against it; the story ends where nothing was. */
async function refusalOf(asked: Promise<unknown>, status: number): Promise<string> {
  const refused = await asked.then(
    () => undefined,
    (error) => error,
  );
  if (!(refused instanceof ProblemError) || refused.status !== status)
    throw refused ?? new Error(`This should have been refused with ${status}.`);
  held += 1;
  return `refused: ${refused.problem.detail}`;
}

const POLL_MS = 300;
const WAIT_MS_MAX = 60_000;

async function until<T>(
  what: string,
  look: () => Promise<T>,
  isThere: (found: T) => boolean,
  signal: AbortSignal,
): Promise<T> {
  for (const began = performance.now(); performance.now() - began < WAIT_MS_MAX; ) {
    const found = await look();
    if (isThere(found)) return found;
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new Error(`There is no ${what} after ${WAIT_MS_MAX / 1000} s.`);
}

const percent = (share: number | null) => (share === null ? "–" : `${Math.round(share * 100)} %`);
const figuresOf = ({ correctness, refusedAnswerable, refusedUnanswerable }: Figures) =>
  `says ${percent(correctness)} of what it should; refuses wrongly ${percent(refusedAnswerable)}, rightly ${percent(refusedUnanswerable)}`;

const started = performance.now();
const outdir = mkdtempSync(join(tmpdir(), "edgelore-story-"));
process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
setTimeout(() => {
  console.error(`The story did not come to its end within ${TIME_MS_MAX / 1000} s.`);
  process.exit(1);
}, TIME_MS_MAX).unref();

await runSession(
  async () => ({
    outdir,
    onStep: (step) => console.log(`${step} …`),
    onLog(line) {
      const trouble = troubleLine(line);
      if (trouble) console.error(trouble);
    },
  }),
  story,
  { verbose: true },
);
