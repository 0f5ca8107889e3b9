import { findWebPage, noteUnread } from "../../db/queries/chatbots/web-source.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { FetchRefused } from "../kernel/net/fetch-refused.ts";
import { failureOf, refetchPage, troubleOf, updatePage } from "./web-page.ts";

/**
 * Brings the document of a URL up to date. What cannot be fetched leaves it as it is and is told in `lastError`, after the last
 * try where another may help.
 */
export const fetchWebPage = job({
  kind: "web-page.fetch",
  async run(ctx, pageId, attempt) {
    const page = await findWebPage(ctx, pageId);
    if (!page?.documentId) return []; // deleted meanwhile, or a website's, which is not read yet
    try {
      await updatePage(ctx, page, await refetchPage(ctx, page));
      return [];
    } catch (error) {
      const trouble = troubleOf(error);
      if (!trouble) throw error;
      if (error instanceof FetchRefused && error.isTemporary && attempt < LIMITS.jobAttemptsMax) throw failureOf(error);
      return [noteUnread(ctx, pageId, trouble)];
    }
  },
  failed: (ctx, pageId, reason) => [noteUnread(ctx, pageId, reason)],
});
