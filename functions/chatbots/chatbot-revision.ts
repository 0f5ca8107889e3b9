import * as z from "zod";
import { CALLER_KINDS } from "../../db/words.ts";
import { id, instant, text } from "../kernel/endpoint.ts";
import { Configuration, revisionNumber } from "./chatbot.ts";

export const numberParam = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1)
  .meta({ description: "Number of the revision", format: "int32" });
export const revisionParams = z.object({ chatbotId: id("chatbot"), number: numberParam });

export const field = z.enum(Object.keys(Configuration.shape) as [keyof typeof Configuration.shape]);

export const RevisionReply = z
  .object({
    number: revisionNumber,
    changed: z.array(field).max(field.options.length).meta({
      description: "The fields in which it differs from the one before",
    }),
    reason: text(2_000).nullable(),
    restoredFrom: revisionNumber.nullable().meta({ description: "The number of the revision that was restored" }),
    createdByKind: z.enum(CALLER_KINDS),
    createdBy: text(255).nullable().meta({ description: "Id of the key or member" }),
    createdAt: instant,
  })
  .meta({ id: "ChatbotRevision" });
