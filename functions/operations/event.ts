import * as z from "zod";
import type { Json } from "../../db/json.ts";
import type { Event } from "../../db/queries/events/event.ts";
import { CALLER_KINDS, EVENT_CATEGORIES, EVENT_SEVERITIES } from "../../db/words.ts";
import { id, instant, text } from "../kernel/endpoint.ts";

export const EventReply = z
  .object({
    id: id("event"),
    type: text(100).meta({ description: "`document.uploaded`, `key.created`, `request.failed` …" }),
    category: z.enum(EVENT_CATEGORIES),
    severity: z.enum(EVENT_SEVERITIES),
    resourceType: text(100).nullable(),
    resourceId: z.uuid().nullable().meta({ description: "Of what it happened to; of a request its `X-Request-Id`" }),
    data: z
      .record(text(200), z.custom<Json>())
      .meta({ description: "What the event says of itself", maxProperties: 200 }),
    actor: z
      .object({
        kind: z.enum(CALLER_KINDS),
        id: text(255).nullable().meta({ description: "Of the key or the member that asked for it" }),
      })
      .meta({ id: "Actor" }),
    ipAddress: text(50).nullable(),
    userAgent: text(500).nullable(),
    requestId: text(255).nullable(),
    createdAt: instant,
  })
  .meta({ id: "Event" });

const TYPES_MAX = 20;
const TYPE_CHARS_MAX = 100;
const isType = ({ length }: string) => length > 0 && length <= TYPE_CHARS_MAX;

/** What both the list and the stream can be narrowed to. */
export const eventQuery = {
  type: text(TYPES_MAX * (TYPE_CHARS_MAX + 1), 1)
    .transform((list) => list.split(","))
    .refine(
      (types) => types.length <= TYPES_MAX && types.every(isType),
      `is up to ${TYPES_MAX} types with commas between, each of up to ${TYPE_CHARS_MAX} characters`,
    )
    .optional()
    .meta({
      description: `Of this type, or with a dot at its end of all that begin so; up to ${TYPES_MAX} with commas between: \`document.,key.created\``,
    }),
  resourceType: text(100, 1).optional(),
};

export const eventReply = ({ actorKind, actorId, ...event }: Event): z.input<typeof EventReply> => ({
  ...event,
  actor: { kind: actorKind, id: actorId },
});
