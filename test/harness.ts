import { neon, neonConfig } from "@neondatabase/serverless";
import { inject } from "vitest";
import type { Reserve } from "../functions/kernel/ai/budget.ts";
import { EMBEDDING_MODELS } from "../functions/kernel/ai/embedding-models.ts";
import type { Fixtures } from "../functions/kernel/endpoint.ts";
import { createOrganization } from "../scripts/organization.ts";
import { signToken } from "./identity.ts";
import { openSite, type Site } from "./web.ts";

export const stack = inject("stack");
neonConfig.fetchEndpoint = stack.endpoint;

export type Reply<T = Record<string, unknown>> = { status: number; headers: Headers; body: T; text: string };
type CallOptions = { key?: string | null; headers?: Record<string, string>; signal?: AbortSignal };

/** One request to the running worker. A FormData or string goes as it is, anything else as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of a body
export async function call<T = any>(
  method: string,
  path: string,
  body?: unknown,
  options: CallOptions = {},
): Promise<Reply<T>> {
  const isRaw = body instanceof FormData || typeof body === "string" || body instanceof ReadableStream;
  const response = await fetch(stack.url + path, {
    method,
    headers: {
      ...(options.key && { authorization: `Bearer ${options.key}` }),
      ...(body !== undefined && !isRaw && { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(body !== undefined && { body: isRaw ? (body as BodyInit) : JSON.stringify(body) }),
    signal: options.signal,
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : text) as T };
}

/** Of a gateway whose calls no budget bounds. */
export const grantAll: Reserve = async ({ model, defaultModel }) => ({
  model: model ?? defaultModel,
  fallbackModel: null,
});

let made = 0;

/** A fresh organization with its keys: no test shares rows with another. */
export async function organization(name = "Acme") {
  const slug = `t-${process.pid}-${Date.now().toString(36)}-${made++}`;
  const { organizationId, adminKey, apiKey } = await createOrganization({
    url: stack.appUrl,
    endpoint: stack.endpoint,
    name,
    slug,
  });
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of a body
  const as = <T = any>(method: string, path: string, body?: unknown, options: CallOptions = {}) =>
    call<T>(method, path, body, { key: adminKey, ...options });
  return { id: organizationId, slug, adminKey, apiKey, call: as };
}
export type TestOrganization = Awaited<ReturnType<typeof organization>>;

/** A token of a person with that role in the organization, as the identity provider would give it. */
export async function signIn(org: TestOrganization, role = "owner") {
  const email = `${crypto.randomUUID()}@example.com`;
  await org.call("POST", "/v1/members", { email, role });
  return signToken(stack.signingKey, { sub: crypto.randomUUID(), email, email_verified: true, name: "Somebody" });
}

/** SQL past row security: what tests alone may do. */
export const superuser = neon(stack.superuserUrl);

/** SQL as the worker's role, as a tenant: what row security lets it. */
export async function asTenant<T = Record<string, unknown>>(
  organizationId: string | null,
  text: string,
  params: unknown[] = [],
) {
  const app = neon(stack.appUrl);
  const results = await app.transaction([
    app`select set_config('app.organization_id', ${organizationId ?? ""}, true)`,
    app.query(text, params),
  ]);
  return results[1] as T[];
}

export const uploadText = async (org: TestOrganization, text: string, title = "Notes", mimeType = "text/plain") =>
  (await org.call<{ id: string }>("POST", "/v1/documents", { title, text, mimeType })).body.id;

export function fileForm(
  bytes: Uint8Array<ArrayBuffer> | string,
  filename: string,
  fields: Record<string, string> = {},
  type = "",
) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new File([bytes], filename, { type }));
  return form;
}

type DocumentReply = {
  id: string;
  status: string;
  failureReason: string | null;
  chunkCount: number;
  language: string | null;
  ocrConfidence: number | null;
  ocrPages: { page: number; confidence: number }[];
};

/** The document once it is completed or failed. */
export async function settled(org: TestOrganization, documentId: string, withinMs = 25_000): Promise<DocumentReply> {
  const until = Date.now() + withinMs;
  for (;;) {
    const { body } = await org.call<DocumentReply>("GET", `/v1/documents/${documentId}`);
    if (body.status === "completed" || body.status === "failed") return body;
    if (Date.now() > until) throw new Error(`document ${documentId} is still ${body.status} after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** One event after another, as they come. */
export async function* events(
  response: Response,
): AsyncGenerator<{ id: string | undefined; event: string; data: Record<string, unknown>; at: number }> {
  let waiting = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    waiting += chunk;
    for (let end = waiting.indexOf("\n\n"); end >= 0; end = waiting.indexOf("\n\n")) {
      const block = waiting.slice(0, end);
      waiting = waiting.slice(end + 2);
      const id = /^id: (.*)$/m.exec(block)?.[1];
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event) yield { id, event, data: JSON.parse(data ?? "{}"), at: Date.now() };
    }
  }
}

/** What crons ask for of everybody, so that any test may have asked for it, and nobody wakes at once. */
const OF_EVERYBODY = ["metrics.summarize", "index.check", "file.check", "message.embed"];

/** Once the organization has no work that waits or runs; with `all` also none that a cron asked for of everybody. */
export async function idle(org: TestOrganization, withinMs = 25_000, { all = false } = {}): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    const jobs = await asTenant(org.id, "select kind from jobs where failed_at is null and kind <> all ($1)", [
      all ? [] : OF_EVERYBODY,
    ]);
    if (jobs.length === 0) return;
    if (Date.now() > until) throw new Error(`still at work: ${jobs.map(({ kind }) => kind)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What comes of a look as soon as it is something. */
async function once<T>(look: () => Promise<T>, withinMs = 60_000): Promise<NonNullable<T>> {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > until) throw new Error(`nothing came within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

let modelsChosen = 0;
/** What no other test sees the work of. */
const HARMLESS_CRONS = [
  "budget-reservation.expire",
  "idempotency.expire",
  "job.sweep",
  "message.sweep",
  "partitions.make",
  "statistics.fold",
];
let cronsChosen = 0;
let fixtureSite: Promise<Site> | undefined;

/** Of each organization the chatbot that answers in its fixtures. */
const ANSWERING = new Map<string, string>();

/** Things of an organization, each made when it is first asked for. */
export function fixturesOf(org: TestOrganization): Fixtures {
  const made = async (path: string, body: unknown) => {
    const reply = await org.call<{ id: string }>("POST", path, body);
    if (reply.status >= 300) throw new Error(`${path}: ${reply.text}`);
    return reply.body.id;
  };
  const unique = () => crypto.randomUUID();
  const fixtures: Fixtures = {
    organization: async () => org.id,
    member: () => made("/v1/members", { email: `${unique()}@example.com`, role: "viewer" }),
    key: () => made("/v1/keys", { name: "Key", scopes: ["search:read"] }),
    product: () => made("/v1/products", { name: "Kettle", category: "Kitchen" }),
    document: () =>
      made("/v1/documents", {
        title: "Warranty",
        text: `The warranty lasts two years. ${unique()}`,
        mimeType: "text/plain",
      }),
    async webPage() {
      fixtureSite ??= openSite();
      const { url, pages } = await fixtureSite;
      const path = `/${unique()}`;
      pages[path] = `<title>Warranty</title><p>The warranty lasts two years. ${path}</p>`;
      return made("/v1/documents", { url: url + path });
    },
    website: () => made("/v1/websites", { url: `https://docs.example.com/${unique()}/` }),
    chatbot: () => made("/v1/chatbots", { name: `Support ${unique()}` }),
    budget: () =>
      made("/v1/budgets", {
        subjectType: "end_user",
        subjectId: unique(),
        period: "day",
        unit: "tokens",
        limit: 1_000_000,
      }),
    async webhookEndpoint() {
      // An organization holds twenty.
      const { items } = (await org.call("GET", "/v1/webhook-endpoints?limit=100")).body;
      for (const { id } of items.slice(9)) await org.call("DELETE", `/v1/webhook-endpoints/${id}`);
      return made("/v1/webhook-endpoints", { url: "https://example.com/webhooks", types: ["budget."] });
    },
    async webhookDelivery() {
      const endpointId = await fixtures.webhookEndpoint();
      await fixtures.budget();
      const { items } = (await org.call("GET", `/v1/webhook-endpoints/${endpointId}/deliveries`)).body;
      return { endpointId, deliveryId: items[0].id };
    },
    async goldenSet() {
      const chatbotId = await fixtures.chatbot();
      const question = { question: `How long is the warranty? ${unique()}`, expectedFacts: ["two years"] };
      return { chatbotId, goldenQuestionId: await made(`/v1/chatbots/${chatbotId}/golden-questions`, question) };
    },
    goldenQuestion: async () => (await fixtures.goldenSet()).goldenQuestionId,
    questionProposal: async () =>
      made(`/v1/chatbots/${await fixtures.chatbot()}/golden-questions/proposals`, { count: 1 }),
    eval: async () => made(`/v1/chatbots/${(await fixtures.goldenSet()).chatbotId}/evals`, {}),
    async answer() {
      const chatbotId = ANSWERING.get(org.id) ?? (await fixtures.chatbot()); // an organization holds a hundred
      ANSWERING.set(org.id, chatbotId);
      const { body } = await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, {
        content: "How long is the warranty?",
      });
      return { conversationId: body.conversationId, messageId: body.message.id };
    },
    conversation: async () => (await fixtures.answer()).conversationId,
    async judgedMessage() {
      const { messageId } = await fixtures.answer();
      await org.call("PUT", `/v1/messages/${messageId}/feedback`, { thumbs: "down" });
      return messageId;
    },
    async heldConversation() {
      const conversationId = await fixtures.conversation();
      await org.call("POST", `/v1/conversations/${conversationId}/takeover`, {});
      return conversationId;
    },
    message: async () => (await fixtures.answer()).messageId,
    attachment: () =>
      made("/v1/attachments", { name: "Invoice", text: `The total is 120 euros. ${unique()}`, mimeType: "text/plain" }),
    async endUser() {
      const endUser = `Zoë "O'Hara" ${unique()}`;
      await org.call("POST", `/v1/chatbots/${await fixtures.chatbot()}/messages`, { content: "Hello?", endUser });
      return encodeURIComponent(endUser);
    },
    async job() {
      const id = unique();
      await asTenant(
        org.id,
        "insert into jobs (id, kind, subject_id, failed_at, last_error, attempts) values ($1, 'document.ingest', $2, now(), 'It broke.', 5)",
        [id, unique()],
      );
      return id;
    },
    async assignment() {
      const [chatbotId, documentId] = [await fixtures.chatbot(), await fixtures.document()];
      await org.call("POST", `/v1/chatbots/${chatbotId}/documents`, { documentIds: [documentId] });
      return { chatbotId, documentId };
    },
    async curatedAnswer() {
      const chatbotId = await fixtures.chatbot();
      const body = { question: `Is there tea? ${unique()}`, answer: "There is.", status: "published" };
      return { chatbotId, curatedAnswerId: await made(`/v1/chatbots/${chatbotId}/curated-answers`, body) };
    },
    async unansweredQuestion() {
      const chatbotId = await fixtures.chatbot();
      await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content: "When is there tea?" });
      const inbox = async () => (await org.call("GET", `/v1/chatbots/${chatbotId}/unanswered-questions`)).body.items[0];
      return { chatbotId, unansweredQuestionId: (await once(inbox)).id };
    },
    adminFeedback: async () =>
      made("/v1/admin-feedback", {
        chatbotId: (await fixtures.goldenSet()).chatbotId,
        feedbackText: `It should greet people. ${unique()}`,
        feedbackType: "tone",
        severity: "low",
      }),
    async analyzedFeedback() {
      const id = await fixtures.adminFeedback();
      await once(async () => (await org.call("GET", `/v1/admin-feedback/${id}`)).body.status === "completed");
      return id;
    },
    async appliedFeedback() {
      const id = await fixtures.analyzedFeedback();
      await org.call("POST", `/v1/admin-feedback/${id}/apply`, { suggestions: [0] });
      return id;
    },
    cron: async () => HARMLESS_CRONS[cronsChosen++ % HARMLESS_CRONS.length]!,
    async embeddingModel() {
      const [newest] = (await org.call("GET", "/v1/embedding-migrations?limit=1")).body.items;
      if (newest?.live) await org.call("DELETE", `/v1/embedding-migrations/${newest.id}`);
      const [{ model }] = (await asTenant(org.id, "select embedding_model as model from organizations")) as [
        { model: string },
      ];
      const others = EMBEDDING_MODELS.filter((name) => name !== model);
      return others[modelsChosen++ % others.length]!;
    },
    async embeddingMigration() {
      const id = await made("/v1/embedding-migrations", { model: await fixtures.embeddingModel() });
      await idle(org);
      return id;
    },
    async search() {
      await fixtures.product();
      const { body } = await org.call("POST", "/v1/search", { query: "kettle", mode: "lexical", corpora: ["product"] });
      return { searchId: body.id, entryId: body.results[0].id };
    },
  };
  return fixtures;
}
