import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neon } from "@neondatabase/serverless";
import { parseEvents } from "../../scripts/client/sse.ts";
import type { Fault as ModelFault } from "../../scripts/local/bedrock/server.ts";
import type { Fault as DatabaseFault } from "../../scripts/local/neon.ts";
import { type StackOptions, startStack } from "../../scripts/local/stack.ts";
import { createOrganization } from "../../scripts/organization.ts";

type Options = { headers?: Record<string, string>; signal?: AbortSignal };
// biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of a body or an event
type Loose = any;
export type Told = { event: string; id: number; data: Loose; at: number };

/** A stack that this test file may break as it likes, with an organization in it. */
export async function startOwnStack(options: StackOptions = {}) {
  const outdir = mkdtempSync(join(tmpdir(), "edgelore-fault-"));
  const stack = await startStack({ outdir, bedrock: { embeddings: "hashing" }, ...options });
  /** SQL as the owner of the tables, outside of any tenant. It goes the way of the faults too. */
  const owner = neon(stack.ownerUrl);
  const rows = async (text: string, params: unknown[] = []) => (await owner.query(text, params)) as Loose[];

  return {
    ...stack,
    ...(await newOrganization(stack)),
    async close() {
      await stack.close();
      rmSync(outdir, { recursive: true, force: true });
    },
    rows,
    /** Another organization, for what is counted by organization. */
    organization: () => newOrganization(stack),
    /** The faults in force from now on, until the next order. */
    database: {
      fails: (...faults: DatabaseFault[]) => void stack.neon!.faults.splice(0, Infinity, ...faults),
      works: () => void stack.neon!.faults.splice(0, Infinity),
      /** How many faults have not come up yet. */
      left: () => stack.neon!.faults.length,
    },
    model: {
      /** `match` keeps tests that run at once out of each other's way. */
      fails: (fault: ModelFault & { match: string }) => void stack.bedrock!.faults.push(fault),
      works(match: string) {
        const { faults } = stack.bedrock!;
        faults.splice(0, Infinity, ...faults.filter((fault) => fault.match !== match));
      },
    },
    /** The answer of a conversation's only question, once it has ended. */
    endedAnswer: (question: string, withinMs = 60_000) =>
      until(async () => {
        const [answer] = await rows(
          `select a.* from messages q join messages a on a.conversation_id = q.conversation_id and a.sequence = q.sequence + 1
           where q.content = $1 and a.status not in ('pending', 'streaming')`,
          [question],
        );
        return answer;
      }, withinMs),
    /** A document's chunks in order, each with its entries in the indexes, and all that the indexes hold of the document. */
    async chunksOf(documentId: string) {
      const found = await rows(
        `select c.chunk_index as index, c.content,
           (select count(*)::integer from search_terms t where t.entry_id = c.id) as terms,
           (select count(*)::integer from search_vectors v where v.entry_id = c.id) as vectors
         from document_chunks c where c.document_id = $1 order by c.chunk_index`,
        [documentId],
      );
      const [indexed] = await rows(
        `select (select count(*)::integer from search_terms where source_id = $1) as terms,
           (select count(*)::integer from search_vectors where source_id = $1) as vectors`,
        [documentId],
      );
      return { found, indexed };
    },
  };
}

let made = 0;

async function newOrganization({ url, appUrl, endpoint }: { url: string; appUrl: string; endpoint?: string }) {
  const slug = `acme-${made++}`;
  const { organizationId, adminKey } = await createOrganization({ url: appUrl, endpoint, name: "Acme", slug });

  const send = (method: string, path: string, body?: unknown, { headers, signal }: Options = {}) =>
    fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
    });

  async function call(method: string, path: string, body?: unknown, options?: Options) {
    const response = await send(method, path, body, options);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Loose };
  }

  return {
    organizationId,
    adminKey,
    send,
    call,
    upload: (text: string, options?: Options) =>
      call("POST", "/v1/documents", { title: "Manual", text, mimeType: "text/markdown" }, options),
    chatbot: async () =>
      (await call("POST", "/v1/chatbots", { name: `Support ${crypto.randomUUID()}` })).body.id as string,
    ask: (chatbotId: string, content: string, options?: Options) =>
      call("POST", `/v1/chatbots/${chatbotId}/messages`, { content }, options),
    async *askStream(chatbotId: string, content: string, options?: Options): AsyncGenerator<Told> {
      const path = `/v1/chatbots/${chatbotId}/messages`;
      const response = await send("POST", path, { content, stream: true }, options);
      if (!response.ok) throw new Error(await response.text());
      for await (const { event, id, data } of parseEvents(response.body!))
        yield { event, id: Number(id), data: JSON.parse(data), at: Date.now() };
    },
    /** The document once it is completed or failed. */
    settled: (documentId: string, withinMs = 60_000) =>
      until(async () => {
        const { body } = await call("GET", `/v1/documents/${documentId}`);
        return body.status === "completed" || body.status === "failed" ? body : undefined;
      }, withinMs),
    messages: async (conversationId: string) =>
      (await call("GET", `/v1/conversations/${conversationId}/messages?limit=100`)).body.items as Loose[],
  };
}

export type OwnStack = Awaited<ReturnType<typeof startOwnStack>>;

/** What `look` finds, once it finds something. */
export async function until<T>(look: () => Promise<T | undefined>, withinMs = 60_000): Promise<T> {
  const last = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > last) throw new Error(`it did not come about within ${withinMs} ms`);
    await sleep(100);
  }
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A text of that many sections, each of which becomes a chunk; its words make it a document of its own. */
export const manual = (name: string, sections: number) =>
  Array.from(
    { length: sections },
    (_, index) =>
      `# ${name} section ${index}\n\n${`The ${name} part number ${index} is made of steel and weighs ${index + 2} grams. `.repeat(15)}`,
  ).join("\n\n");
