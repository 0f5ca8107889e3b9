import type * as z from "zod";
import type { CONTENT_TYPES } from "../../db/words.ts";

/** That content is of its type, where that can be wrong. */
export function wellFormed(
  { content, contentType }: { content: string; contentType?: (typeof CONTENT_TYPES)[number] },
  { addIssue }: z.core.$RefinementCtx,
) {
  if (contentType !== "json") return;
  try {
    JSON.parse(content);
  } catch {
    addIssue({ code: "custom", path: ["content"], message: "is not JSON" });
  }
}
