import * as z from "zod";
import { END, type EventFilter, listChanges, type Place, START } from "../../db/queries/events/event.ts";
import type { Ctx } from "../kernel/context.ts";
import { endpoint, type FeedEvent, sse, text } from "../kernel/endpoint.ts";
import { EventReply, eventReply } from "../kernel/event.ts";
import { LIMITS } from "../kernel/limits.ts";
import { afterPlace, cursorOfPlace } from "../kernel/paging.ts";
import { eventQuery } from "./event.ts";

export const streamEvents = endpoint({
  name: "event.stream",
  method: "get",
  path: "/v1/events/stream",
  scope: "events:read",
  summary: "What happens, as it happens",
  description:
    "The change feed of the organization, from now on or from where you were. Each event is told once, with an `id`; one that is " +
    `committed late is told late, and none is skipped. The stream ends after ${LIMITS.feedMs / 1000} s: come back with the last \`id\` in ` +
    "`Last-Event-ID`, as every EventSource does by itself. Where nothing happens, a block without data says how far you are.",
  query: z.object({ ...eventQuery, after: text(200).optional().meta({ description: "The `id` that was told last" }) }),
  reply: sse({ change: EventReply }),
  example: async () => ({ query: { after: cursorOfPlace(START) } }),
  async run(ctx, { query: { after, ...filter }, signal }) {
    return follow(ctx, filter, after === undefined ? END : afterPlace(after), signal);
  },
});

/** Says first where it begins, so that a reader who is cut off before anything happened has a place to come back to. */
async function* follow(ctx: Ctx, filter: EventFilter, from: Place, signal: AbortSignal): AsyncGenerator<FeedEvent> {
  const end = Date.now() + LIMITS.feedMs;
  let place = from;
  let heardAt = 0;
  for (let polls = 0; polls < LIMITS.feedPollsMax && Date.now() < end && !signal.aborted; polls++) {
    const { changes, isAll, until } = await listChanges(ctx, filter, place, LIMITS.pageSizeMax);
    for (const { xid, ...change } of changes)
      yield { id: cursorOfPlace({ xid, id: change.id }), event: "change", data: eventReply(change) };
    place = until;
    if (changes.length > 0) heardAt = Date.now();
    if (Date.now() - heardAt >= LIMITS.streamCommentMs) {
      yield { id: cursorOfPlace(place), retryMs: LIMITS.feedRetryMs };
      heardAt = Date.now();
    }
    if (isAll) await new Promise((resolve) => setTimeout(resolve, LIMITS.feedPollMs));
  }
  yield { id: cursorOfPlace(place), retryMs: LIMITS.feedRetryMs };
}
