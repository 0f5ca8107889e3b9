import * as z from "zod";
import { WEBSITE_STATUSES } from "../../db/words.ts";
import { count, id, instant, integer, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { documentType } from "./document.ts";
import { intervalHours, url } from "./web-page.ts";

export const websiteParams = z.object({ websiteId: id("website") });

export const pageLimit = integer(1, LIMITS.websitePagesMax);

export const WebsiteReply = z
  .object({
    id: id("website"),
    url,
    productId: id("product").nullable(),
    documentType,
    language: text(35).nullable(),
    pageLimit,
    intervalHours: intervalHours.nullable(),
    status: z.enum(WEBSITE_STATUSES),
    failureReason: text(LIMITS.textCharsMax)
      .nullable()
      .meta({ description: "What is wrong and what to do, when `status` is `failed`; documents stay as they were" }),
    warnings: z
      .array(text(LIMITS.textCharsMax))
      .max(1_000)
      .meta({ description: "What the last reading left out, and pages that could not be read" }),
    readAt: instant.nullable(),
    dueAt: instant.nullable().meta({ description: "When it is read again" }),
    createdBy: text(255).nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Website" });

export const WebsiteWithPages = WebsiteReply.extend({
  pages: z
    .object({
      waiting: count.meta({ description: "To be fetched in this reading" }),
      withoutDocument: count.meta({ description: "Not fetched yet, or not readable" }),
      uploaded: count,
      processing: count,
      completed: count,
      failed: count,
      withError: count.meta({ description: "Could not be fetched at the last reading" }),
    })
    .meta({ description: "How many, by the status of their documents" }),
}).meta({ id: "WebsiteWithPages" });
