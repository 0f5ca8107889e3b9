import * as z from "zod";
import { readDocumentStatistics } from "../../db/queries/chatbots/document-statistics.ts";
import { DOCUMENT_ORIGINS, DOCUMENT_STATUSES, DOCUMENT_TYPES } from "../../db/words.ts";
import { count, endpoint, integer, replies, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

const LANGUAGES_MAX = 100;
const REASONS_MAX = 20;

const sum = integer(0, Number.MAX_SAFE_INTEGER);
const countsOf = <W extends string>(words: readonly W[]) =>
  z.object(Object.fromEntries(words.map((word) => [word, count.default(0)])) as Record<W, z.ZodDefault<typeof count>>);

export const readDocuments = endpoint({
  name: "document.statistics",
  method: "get",
  path: "/v1/documents/statistics",
  scope: "documents:read",
  summary: "What your documents are, how far they have come, and why some failed",
  reply: replies(
    z
      .object({
        documents: count,
        byStatus: countsOf(DOCUMENT_STATUSES),
        byDocumentType: countsOf(DOCUMENT_TYPES),
        byOrigin: countsOf(DOCUMENT_ORIGINS),
        byLanguage: z
          .array(z.object({ language: text(35).nullable(), documents: count }))
          .max(LANGUAGES_MAX)
          .meta({ description: "The most frequent first; null: not known yet" }),
        bytes: sum,
        pages: sum.meta({ description: "Of formats that have pages" }),
        chunks: count,
        tokens: sum.meta({ description: "Of all chunks" }),
        embeddingsWaiting: count.meta({ description: "Chunks that are found by words, and not yet by meaning" }),
        failures: z
          .array(z.object({ reason: text(LIMITS.textCharsMax), documents: count }))
          .max(REASONS_MAX)
          .meta({ description: "The most frequent reason first" }),
      })
      .meta({ id: "DocumentStatistics" }),
  ),
  example: async () => ({}),
  run: (ctx) => readDocumentStatistics(ctx, { languages: LANGUAGES_MAX, reasons: REASONS_MAX }),
});
