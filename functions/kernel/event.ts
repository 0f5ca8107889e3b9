import * as z from "zod";
import type { Json } from "../../db/json.ts";
import type { Event } from "../../db/queries/events/event.ts";
import { CALLER_KINDS, EVENT_CATEGORIES, EVENT_SEVERITIES } from "../../db/words.ts";
import { id, instant, text } from "./endpoint.ts";

/** An event as it is told: to who asks, and to webhooks. */
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

export const eventReply = ({ actorKind, actorId, ...event }: Event): z.input<typeof EventReply> => ({
  ...event,
  actor: { kind: actorKind, id: actorId },
});
