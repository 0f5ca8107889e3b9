import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { LIMITS } from "../../functions/kernel/limits.ts";
import type { Client } from "../client/client.ts";
import { ProblemError } from "../client/failure.ts";
import type { Document, UploadedDocument } from "../client/wire.ts";
import { concernsAll, limited } from "./at-once.ts";
import { explain } from "./explain.ts";
import { reasonOf } from "./files.ts";
import type { Step, SyncedDocument } from "./plan.ts";
import type { Fields } from "./uploading.ts";

type Page = { items: Document[]; nextCursor: string | null };

/** The documents made of the folder's files, and the titles of all others that keep their bytes from being uploaded, by hash. */
export async function documentsOf(client: Client, name: string, isOfFolder: (path: string) => boolean) {
  const documents: SyncedDocument[] = [];
  const others = new Map<string, string>();
  for await (const { id, title, metadata, contentHash, status, failureReason } of allDocuments(client)) {
    const path = pathIn(name, metadata);
    if (path !== undefined && isOfFolder(path)) {
      const failure = status === "failed" ? { failureReason: failureReason ?? "No reason was given." } : {};
      documents.push({ id, path, hash: contentHash, title, metadata, ...failure });
    } else if (status !== "failed") others.set(contentHash, title);
  }
  return { documents, others };
}

async function* allDocuments(client: Client): AsyncGenerator<Document> {
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = new URLSearchParams({ limit: String(LIMITS.pageSizeMax), ...(cursor && { cursor }) });
    const page: Page = await client.request<Page>("GET", `/v1/documents?${query}`);
    yield* page.items;
    cursor = page.nextCursor;
  }
}

/** `metadata.sync` says which folder a document belongs to, and where in it. */
function pathIn(name: string, { sync }: Record<string, unknown>): string | undefined {
  const isOurs = typeof sync === "object" && sync !== null && "root" in sync && sync.root === name;
  return isOurs && "path" in sync && typeof sync.path === "string" ? sync.path : undefined;
}

export type Outcome = {
  action: Step["action"];
  path: string;
  /** Where the file was before it was renamed. */
  from?: string;
  documentId?: string;
  /** `stopped`: not reached, because nothing would have gone well any more. */
  status: "completed" | "already there" | "renamed" | "deleted" | "failed" | "stopped";
  chunkCount?: number;
  failureReason?: string;
};
export type Progress = { step: Step; state: "uploaded" | "processing" } | { step: Step; outcome: Outcome };
type Target = { folder: string; name: string; fields: Fields };
type Options = Target & { concurrency: number; onProgress: (progress: Progress) => void };
/** `end`: what became of it, when there is nothing to wait for. */
type Sent = { id: string; end?: Outcome["status"] };

/** Sends some at a time and looks after as many. A step that fails leaves the others alone, but for those that wait for it. */
export async function carryOut(client: Client, steps: readonly Step[], options: Options) {
  const { concurrency, onProgress } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const [sending, watching] = [limited(concurrency), limited(concurrency)];
  const replacing = new Map<string, Promise<Sent>>();

  async function sendInTurn(step: Step): Promise<Sent> {
    const before = "after" in step && step.after !== undefined ? replacing.get(step.after) : undefined;
    const isFree = await Promise.resolve(before).then(
      () => true,
      () => false,
    );
    return sending(async () => {
      signal.throwIfAborted();
      if (!isFree) throw new Error("Its bytes are still those of a document that could not be replaced.");
      return send(client, step, options, signal);
    });
  }

  async function through(step: Step): Promise<Outcome> {
    const sent = sendInTurn(step);
    if (step.action === "replace") replacing.set(step.path, sent);
    const { id, end } = await sent;
    if (end) return { ...told(step), documentId: id, status: end };
    onProgress({ step, state: "uploaded" });
    const { status, failureReason, chunkCount } = await watching(() =>
      client.waitForDocument(id, {
        signal,
        onProgress: ({ status }) => status === "processing" && onProgress({ step, state: status }),
      }),
    );
    const outcome = { ...told(step), documentId: id };
    return status === "failed"
      ? { ...outcome, status, failureReason: failureReason ?? "No reason was given." }
      : { ...outcome, status: "completed", chunkCount };
  }

  const outcomes = await Promise.all(
    steps.map(async (step) => {
      const outcome = await through(step).catch((error): Outcome => {
        if (!signal.aborted && concernsAll(error)) stop.abort(error);
        return signal.aborted
          ? { ...told(step), status: "stopped" }
          : { ...told(step), status: "failed", failureReason: explain(error) };
      });
      onProgress({ step, outcome });
      return outcome;
    }),
  );
  return { outcomes, stoppedBy: signal.aborted ? (signal.reason as Error) : undefined };
}

/** A step as it stands in JSON. */
export const told = (step: Step) => ({
  action: step.action,
  path: step.path,
  ...(step.action === "rename" && { from: step.document.path }),
  ...("document" in step && { documentId: step.document.id }),
});

async function send(client: Client, step: Step, target: Target, signal: AbortSignal): Promise<Sent> {
  switch (step.action) {
    case "upload":
      return upload(client, step.path, target, signal);
    case "replace":
      return putContent(client, step.document.id, formOf(step.path, await read(target.folder, step.path)), signal);
    case "rename":
      return rename(client, step.document, step.path, target, signal);
    case "delete":
      return remove(client, step.document.id, signal);
  }
}

/**
 * What it belongs to goes with its bytes in one request, so nothing is half done when interrupted. The Idempotency-Key is each
 * run's own: made of path and bytes it would give back the document of a file that was renamed since. Two runs at once are
 * kept apart by the bytes, which are one document.
 */
async function upload(client: Client, path: string, { folder, name, fields }: Target, signal: AbortSignal) {
  const form = formOf(path, await read(folder, path));
  form.set("metadata", JSON.stringify({ sync: { root: name, path } }));
  for (const [field, value] of Object.entries(fields)) if (value !== undefined) form.set(field, value);
  try {
    const { id } = await client.request<UploadedDocument>("POST", "/v1/documents", form, { signal });
    return { id };
  } catch (error) {
    const id = error instanceof ProblemError && error.status === 409 ? error.problem.documentId : undefined;
    if (id === undefined) throw error;
    return { id, end: "already there" } as const;
  }
}

/** New bytes for a document that keeps its id. */
const putContent = async (client: Client, id: string, form: FormData, signal: AbortSignal) =>
  client.request<UploadedDocument>("PUT", `/v1/documents/${id}/content`, form, { signal }).then(() => ({ id }));

/** A title that a person gave stays. */
async function rename(client: Client, document: SyncedDocument, path: string, { name }: Target, signal: AbortSignal) {
  const { id, metadata } = document;
  const title = document.title === titleOf(document.path) ? titleOf(path) : document.title;
  const change = { title, metadata: { ...metadata, sync: { root: name, path } } };
  await client.request("PATCH", `/v1/documents/${id}`, change, { signal });
  return { id, end: "renamed" } as const;
}

async function remove(client: Client, id: string, signal: AbortSignal) {
  await client.request("DELETE", `/v1/documents/${id}`, undefined, { signal }).catch((error) => {
    if (!(error instanceof ProblemError && error.status === 404)) throw error;
  });
  return { id, end: "deleted" } as const;
}

function formOf(path: string, bytes: Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  form.set("file", new File([bytes], basename(path)));
  return form;
}

async function read(folder: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readFile(join(folder, path));
  } catch (error) {
    throw new Error(`The file ${reasonOf(error)}.`);
  }
}

/** As the API makes it of a file's name. */
const titleOf = (path: string) =>
  basename(path)
    .replace(/\.\w{1,8}$/, "")
    .trim()
    .slice(0, LIMITS.nameCharsMax)
    .toWellFormed() || "Untitled";
