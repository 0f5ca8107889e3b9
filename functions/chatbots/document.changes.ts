import * as z from "zod";
import type { Json } from "../../db/json.ts";
import { END, listChanges, START } from "../../db/queries/events/event.ts";
import { CALLER_KINDS } from "../../db/words.ts";
import { endpoint, id, instant, replies, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { afterPlace, cursorOfPlace, pageQuery } from "../kernel/paging.ts";

const LATEST = "latest";

const ChangeReply = z
  .object({
    id: id("change"),
    type: text(100).meta({
      description:
        "`document.uploaded`, `.updated`, `.replaced`, `.reprocessed`, `.chunked`, `.completed`, `.failed`, `.deleted` …",
    }),
    documentId: id("document"),
    data: z
      .record(text(200), z.custom<Json>())
      .meta({ description: "What the change says of itself", maxProperties: 200 }),
    actorKind: z.enum(CALLER_KINDS),
    actorId: text(255).nullable().meta({ description: "Of the key or the member that asked for it" }),
    createdAt: instant,
  })
  .meta({ id: "DocumentChange" });

export const listDocumentChanges = endpoint({
  name: "document.changes",
  method: "get",
  path: "/v1/documents/changes",
  scope: "documents:read",
  summary: "What happened to documents, in order",
  description:
    "Ask again with `nextCursor`, as often as you like: each change is told once, also that of a document which is gone, and none is " +
    "skipped. A change is told once everything before it is, usually at once.",
  query: z.object({
    limit: pageQuery.limit,
    after: text(200)
      .optional()
      .meta({ description: `\`nextCursor\` of the answer before; \`${LATEST}\`: only what happens from now on` }),
  }),
  reply: replies(
    z
      .object({ items: z.array(ChangeReply).max(LIMITS.pageSizeMax), nextCursor: text(200) })
      .meta({ id: "DocumentChanges" }),
  ),
  example: async () => ({}),
  async run(ctx, { query: { limit, after } }) {
    const place = after === undefined ? START : after === LATEST ? END : afterPlace(after);
    const { changes, until } = await listChanges(ctx, { resourceType: "document" }, place, limit);
    return {
      items: changes.map(({ resourceId, ...change }) => ({ ...change, documentId: resourceId! })),
      nextCursor: cursorOfPlace(until),
    };
  },
});
