import type { Reactions } from "./kernel/context.ts";

/** Event → jobs: every coupling between two operations that the queue carries, on this page. */
export const REACTIONS: Reactions = {
  "document.uploaded": ["document.ingest"],
  "document.reprocessed": ["document.ingest"],
  "document.chunked": ["document.embed"],
  "product.created": ["product.embed"],
  "product.updated": ["product.embed"],
};
