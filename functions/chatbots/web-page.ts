import * as z from "zod";
import { newId } from "../../db/columns.ts";
import { findDocument, insertDocument, type NewDocument } from "../../db/queries/chatbots/document.ts";
import { noteFetched, type WebPage, webPageMustExist } from "../../db/queries/chatbots/web-source.ts";
import type { Ctx } from "../kernel/context.ts";
import { id, instant, integer, text } from "../kernel/endpoint.ts";
import { ApiError, fromDatabase } from "../kernel/errors.ts";
import { PermanentFailure } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { type Fetched, type FetchOptions, fetchPublic } from "../kernel/net/fetch-public.ts";
import { FetchRefused } from "../kernel/net/fetch-refused.ts";
import { publicUrl } from "../kernel/net/public-address.ts";
import { openWeb } from "../kernel/net/web.ts";
import { type Content, contentOf, replaceBytes, storeContent, titleOfFile } from "./content.ts";

export const url = text(LIMITS.urlCharsMax, 1).meta({ description: "http or https, on the public internet" });
export const intervalHours = integer(1, 8_760).meta({ description: "Fetched again this often; without, never" });

export const WebPageReply = z
  .object({
    documentId: id("document").nullable().meta({ description: "Null as long as the page could not be read" }),
    url,
    websiteId: id("website").nullable(),
    intervalHours: intervalHours.nullable(),
    fetchedAt: instant.nullable(),
    dueAt: instant.nullable().meta({ description: "When it is fetched again" }),
    lastError: text(LIMITS.textCharsMax)
      .nullable()
      .meta({ description: "What was wrong at the last try; the document is as it was fetched before" }),
  })
  .meta({ id: "WebPage" });

/** The address as it is asked and kept. Throws an ApiError that names `url`. */
export function publicAddress(written: string): string {
  try {
    const { href } = publicUrl(written);
    if (href.length <= LIMITS.urlCharsMax) return href;
    const message = `The address has more than ${LIMITS.urlCharsMax} characters. Give a shorter one, or upload the file itself.`;
    throw new FetchRefused("invalid_url", message);
  } catch (error) {
    throw urlProblem(error);
  }
}

/** What a caller is told about an address that cannot be fetched. */
export function urlProblem(error: unknown): unknown {
  if (!(error instanceof FetchRefused)) return error;
  const { reason, message, retryAfterSeconds } = error;
  const isInvalid = reason === "invalid_url" || reason === "private_address";
  return new ApiError(isInvalid ? "INVALID" : "UNPROCESSABLE", `url: ${message}`, {
    errors: [{ path: "url", message }],
    ...(retryAfterSeconds && { retryAfterSeconds }),
    cause: error,
  });
}

/** A refusal as the failure of a job, which is tried again when that may help. */
export const failureOf = (refused: FetchRefused): Error =>
  refused.isTemporary ? new ApiError("UNAVAILABLE", refused.message) : new PermanentFailure(refused.message);

/** What is wrong with a page alone, in words for its `lastError`; undefined when the trouble lies elsewhere. */
export function troubleOf(error: unknown): string | undefined {
  if (error instanceof FetchRefused) return error.message;
  if (error instanceof ApiError && error.code === "CONFLICT") return error.message;
  return fromDatabase(error)?.code === "NOT_FOUND" ? "It was deleted while it was fetched." : undefined;
}

/** What an address gave. Its validators are none when redirects led elsewhere. */
export type Found = {
  content: Content;
  isMoved: boolean;
  validators: { etag: string | null; lastModified: string | null };
};

const TYPES = ["text/*", "application/*", "image/*"];

const optionsOf = ({ env }: Ctx) => ({
  ...openWeb(env),
  maxBytes: LIMITS.fileBytesMax,
  timeoutMs: LIMITS.webPageTimeoutMs,
  accept: TYPES,
});

/** Throws FetchRefused for what is not a document. */
export const fetchPage = async (ctx: Ctx, address: string): Promise<Found> =>
  foundOf(address, await fetchPublic(address, optionsOf(ctx)));

/** The same for a page that may have a document: then `unchanged` when its site says that it has not changed since. */
export async function refetchPage(
  ctx: Ctx,
  { url, documentId, etag, lastModified }: WebPage,
  check?: FetchOptions["check"],
): Promise<Found | "unchanged"> {
  const validators = documentId ? { etag, lastModified } : {};
  const fetched = await fetchPublic(url, { ...optionsOf(ctx), ...validators, check });
  return fetched.status === "unchanged" ? "unchanged" : foundOf(url, fetched);
}

async function foundOf(address: string, fetched: Fetched): Promise<Found> {
  const { bytes, url, contentType, filename, etag, lastModified } = fetched;
  const { host } = new URL(url);
  if (bytes.byteLength === 0)
    throw new FetchRefused("rejected", `${host} sent an empty document. Check the address, or upload the file itself.`);
  const isMoved = url !== address;
  return {
    content: await contentOf({ bytes, filename: filename ?? host, mimeType: contentType ?? "" }),
    isMoved,
    validators: isMoved ? { etag: null, lastModified: null } : { etag, lastModified },
  };
}

/** What a page calls itself, else the name of its file, else its address. */
export async function titleOfPage(address: string, { content }: Found): Promise<string> {
  const { pageTitle } = await import("./extraction/page-title.ts"); // with the reader of HTML, which no other request needs
  const own = /html/.test(content.mimeType) ? pageTitle(content.bytes)?.trim() : undefined;
  const { host, pathname } = new URL(address);
  const title = own || (content.filename === host ? host + pathname : titleOfFile(content.filename));
  return title.slice(0, LIMITS.nameCharsMax).toWellFormed();
}

/**
 * A page's document is what the page is now: made if there is none, else with its content replaced under its id. The same bytes
 * change nothing. What is said of it beside is stored in the same batch.
 */
export async function updatePage(
  ctx: Ctx,
  page: WebPage,
  found: Found | "unchanged",
  described: Pick<NewDocument, "productId" | "documentType" | "language"> = {},
): Promise<void> {
  const document = page.documentId ? await findDocument(ctx, page.documentId) : undefined;
  if (page.documentId && !document) return; // deleted meanwhile, and the page with it
  if (found === "unchanged" || found.content.contentHash === document?.contentHash) {
    await ctx.batch([noteFetched(ctx, page.id, found === "unchanged" ? {} : found.validators)]);
    return;
  }
  const { content, validators } = found;
  const { organizationId } = await ctx.identify();
  const storageKey = `${organizationId}/${page.id}/${newId()}`;
  const noted = noteFetched(ctx, page.id, { ...validators, documentId: page.id });
  const told = (type: "document.uploaded" | "document.replaced") =>
    ctx.emit(type, page.id, { fileSize: content.fileSize });
  if (document) {
    await replaceBytes(ctx, page.id, storageKey, content, [noted, ...told("document.replaced")]);
    return;
  }
  const title = await titleOfPage(page.url, found);
  const { bytes: _, ...stored } = content;
  const made = { id: page.id, title, origin: "fetched" as const, ...described, ...stored, storageKey };
  await storeContent(ctx, page.id, storageKey, content, () =>
    insertDocument(ctx, made, [webPageMustExist(ctx, page.id), noted, ...told("document.uploaded")]),
  );
}
