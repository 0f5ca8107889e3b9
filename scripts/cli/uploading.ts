import { createHash, randomUUID } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { DOCUMENT_TYPES } from "../../db/words.ts";
import { LIMITS } from "../../functions/kernel/limits.ts";
import type { Client } from "../client/client.ts";
import { ProblemError } from "../client/failure.ts";
import type { Upload, UploadedDocument } from "../client/wire.ts";
import { concernsAll, limited } from "./at-once.ts";
import { oneOf, UsageError } from "./command.ts";
import { explain } from "./explain.ts";
import { filenameOf, type LocalFile, reasonOf } from "./files.ts";

export type Fields = Pick<Upload, "productId" | "documentType" | "language">;

/** What `--product`, `--type` and `--language` say of documents. */
export function fieldsOf({ product, type, language }: { product?: string; type?: string; language?: string }): Fields {
  if (language !== undefined && !/^[a-z]{2,3}$/.test(language))
    throw new UsageError("--language is an ISO 639 code such as en, th or ja.");
  const documentType = type === undefined ? undefined : oneOf("type", type, DOCUMENT_TYPES);
  return { productId: product, documentType, language };
}

export type Outcome = {
  path: string;
  /** `stopped`: not reached, because nothing would have gone well any more. */
  status: "uploaded" | "completed" | "failed" | "stopped";
  documentId?: string;
  wasThere?: boolean;
  chunkCount?: number;
  failureReason?: string;
};
export type Step = { path: string; state: "uploaded" | "processing" } | { path: string; outcome: Outcome };
type Options = { fields: Fields; concurrency: number; wait: boolean; onStep: (step: Step) => void };

/** Uploads some at a time and looks after as many, so that uploading does not wait for processing. */
export async function uploadFiles(client: Client, files: LocalFile[], options: Options) {
  const stop = new AbortController();
  const [sending, watching] = [limited(options.concurrency), limited(options.concurrency)];
  const { signal } = stop;

  async function through(file: LocalFile): Promise<Outcome> {
    const { path } = file;
    const { id, wasThere } = await sending(() => send(client, file, options.fields, signal));
    options.onStep({ path, state: "uploaded" });
    if (!options.wait) return { path, status: "uploaded", documentId: id, wasThere };
    const onProgress = ({ status }: UploadedDocument) =>
      (status === "uploaded" || status === "processing") && options.onStep({ path, state: status });
    const { status, failureReason, chunkCount } = await watching(() =>
      client.waitForDocument(id, { signal, onProgress }),
    );
    if (status === "failed")
      return { path, status, documentId: id, wasThere, failureReason: failureReason ?? "No reason was given." };
    return { path, status: "completed", documentId: id, wasThere, chunkCount };
  }

  const outcomes = await Promise.all(
    files.map(async (file) => {
      const outcome = await through(file).catch((error): Outcome => {
        if (signal.aborted) return { path: file.path, status: "stopped" };
        if (concernsAll(error)) stop.abort(error);
        return concernsAll(error)
          ? { path: file.path, status: "stopped" }
          : { path: file.path, status: "failed", failureReason: explain(error) };
      });
      options.onStep({ path: file.path, outcome });
      return outcome;
    }),
  );
  return { outcomes, stoppedBy: signal.aborted ? (signal.reason as Error) : undefined };
}

/**
 * The key is made of all that the request holds, so an upload that is started again is the same request and gives the same
 * document. What an earlier run made and is failed is processed again; what was deleted since is uploaded anew.
 */
async function send(client: Client, file: LocalFile, fields: Fields, signal: AbortSignal) {
  signal.throwIfAborted();
  const upload = { ...fields, filename: filenameOf(file), bytes: await read(file) };
  const post = (idempotencyKey: string) => client.upload(upload, { idempotencyKey, signal });
  const again = (document: UploadedDocument) =>
    client.request<UploadedDocument>("POST", `/v1/documents/${document.id}/reprocess`, undefined, { signal });
  try {
    const document = await post(keyOf(file.realPath, fields, upload.bytes)).catch((error) => {
      if (error instanceof ProblemError && error.status === 404) return post(randomUUID());
      throw error;
    });
    return { ...(document.status === "failed" ? await again(document) : document), wasThere: false };
  } catch (error) {
    const id = error instanceof ProblemError && error.status === 409 ? error.problem.documentId : undefined;
    if (id === undefined) throw error;
    return { id, wasThere: true };
  }
}

const keyOf = (realPath: string, fields: Fields, bytes: Uint8Array) =>
  createHash("sha256")
    .update(`${JSON.stringify([realPath, fields.productId, fields.documentType, fields.language])}\n`)
    .update(bytes)
    .digest("hex");

async function read({ realPath }: LocalFile): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { size } = await stat(realPath);
    if (size <= LIMITS.fileBytesMax) return await readFile(realPath);
  } catch (error) {
    throw new Error(`The file ${reasonOf(error)}.`);
  }
  throw new Error(
    `The file is larger than ${LIMITS.fileBytesMax / 1024 / 1024} MB and was not sent. Split it into smaller files.`,
  );
}
