import { text } from "../kernel/endpoint.ts";

/** What both the list and the stream can be narrowed to. */
export const eventQuery = {
  type: text(100, 1)
    .optional()
    .meta({ description: "Of this type, or with a dot at its end of all that begin so: `document.`" }),
  resourceType: text(100, 1).optional(),
};
