import * as z from "zod";
import { listEvents } from "../../db/queries/events/event.ts";
import { CALLER_KINDS, EVENT_CATEGORIES, EVENT_SEVERITIES } from "../../db/words.ts";
import { endpoint, id, replies, text } from "../kernel/endpoint.ts";
import { EventReply, eventReply } from "../kernel/event.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { time } from "../kernel/retrieval/filter.ts";
import { eventQuery } from "./event.ts";

export const listAllEvents = endpoint({
  name: "event.list",
  method: "get",
  path: "/v1/events",
  scope: "events:read",
  summary: "What happened, who did it, what failed and what was slow",
  description: "For administrators: addresses and user agents are data of persons.",
  query: z.object({
    ...pageQuery,
    ...eventQuery,
    category: z.enum(EVENT_CATEGORIES).optional(),
    severity: z.enum(EVENT_SEVERITIES).optional().meta({ description: "This one and what is worse" }),
    resourceId: id("resource").optional(),
    actorId: text(255, 1).optional(),
    actorKind: z.enum(CALLER_KINDS).optional(),
    from: time.optional(),
    to: time.optional().meta({ description: "Exclusive" }),
  }),
  reply: replies(pageOf(EventReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor, ...filter } }) {
    const rows = await listEvents(ctx, filter, afterCursor(cursor), limit);
    return page(rows.map(eventReply), limit, (event) => event.id);
  },
});
