import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../scripts/client/client.ts";
import { ProblemError } from "../../scripts/client/failure.ts";
import type { Document, UploadedDocument } from "../../scripts/client/wire.ts";
import type { BeirDocument } from "./beir.ts";
import { type Upload, uploadsOf } from "./fields.ts";
import { eachAtOnce, progressOf } from "./progress.ts";

export type Loaded = {
  /** Document of the API → the set's documents that it is. */
  idsOf: Map<string, string[]>;
  /** Conversation → the product that holds its documents. */
  products: Map<string, string>;
  /** Why some documents are not to be found, each reason with how many. */
  missing: Map<string, number>;
};
type Source = Upload & { productId?: string };

const UPLOADS_AT_ONCE = 16;
const POLL_MS = 1_000;
const STALLED_MS = 10 * 60_000;

/** Brings a set in by the public API and waits until every document is completed or failed. */
export async function loadDocuments(
  client: Client,
  documents: readonly BeirDocument[],
  signal: AbortSignal,
): Promise<Loaded> {
  const loaded: Loaded = {
    idsOf: new Map(),
    products: await makeProducts(client, documents, signal),
    missing: new Map(),
  };
  const progress = progressOf("Uploading", documents.length);
  const unique = uniqueTexts();
  await eachAtOnce(documents, UPLOADS_AT_ONCE, async ({ id, conversation, ...fields }) => {
    const productId = conversation === undefined ? undefined : loaded.products.get(conversation);
    const uploads = uploadsOf(fields);
    if (uploads.length === 0) count(loaded.missing, "It has no text.");
    for (const upload of uploads) {
      const documentId = await uploadOne(client, { ...upload, text: unique(upload.text), productId }, signal);
      if (documentId instanceof ProblemError) count(loaded.missing, `Refused: ${documentId.message}`);
      else loaded.idsOf.set(documentId, [...(loaded.idsOf.get(documentId) ?? []), id]);
    }
    progress.step();
  });
  progress.end();
  for (const { failureReason } of await processed(client, loaded.idsOf, signal))
    count(loaded.missing, failureReason ?? "No reason was given.");
  return loaded;
}

const count = (counts: Map<string, number>, reason: string) => counts.set(reason, (counts.get(reason) ?? 0) + 1);

async function makeProducts(client: Client, documents: readonly BeirDocument[], signal: AbortSignal) {
  const products = new Map<string, string>();
  for (const name of new Set(documents.map(({ conversation }) => conversation))) {
    if (name === undefined) continue;
    const body = { name: name.slice(0, 255), category: "conversation" };
    products.set(name, (await client.request<{ id: string }>("POST", "/v1/products", body, { signal })).id);
  }
  return products;
}

/** The API keeps the same bytes once, under the first one's title: line ends at the end tell equal texts apart. */
function uniqueTexts() {
  const seen = new Map<string, number>();
  return (text: string) => {
    const before = seen.get(text) ?? 0;
    seen.set(text, before + 1);
    return text + "\n".repeat(before);
  };
}

async function uploadOne(client: Client, source: Source, signal: AbortSignal): Promise<string | ProblemError> {
  try {
    const body = { ...source, mimeType: "text/plain" };
    return (await client.request<UploadedDocument>("POST", "/v1/documents", body, { signal })).id;
  } catch (error) {
    if (!(error instanceof ProblemError) || ![400, 409, 413, 422].includes(error.status)) throw error;
    return error.problem.documentId ?? error;
  }
}

/** Waits for all; those that failed. */
async function processed(client: Client, ids: ReadonlyMap<string, unknown>, signal: AbortSignal): Promise<Document[]> {
  const progress = progressOf("Reading and embedding", ids.size);
  const failed: Document[] = [];
  let [open, changedAt] = [[...ids.keys()], Date.now()];
  while (open.length > 0) {
    const done = new Set<string>();
    // Documents are worked on about in the order of their upload, so of the rest only the first are looked at.
    await eachAtOnce(open.slice(0, 64), 8, async (id) => {
      const document = await client.getDocument(id, { signal });
      if (document.status !== "completed" && document.status !== "failed") return;
      if (document.status === "failed") failed.push(document);
      done.add(id);
    });
    progress.step(done.size);
    open = open.filter((id) => !done.has(id));
    if (done.size > 0) changedAt = Date.now();
    else if (Date.now() - changedAt > STALLED_MS)
      throw new Error(
        `${open.length} documents have been waiting for ${STALLED_MS / 60_000} minutes and none was completed.`,
      );
    if (done.size < 32) await sleep(POLL_MS, undefined, { signal });
  }
  progress.end();
  return failed;
}
