import * as z from "zod";
import { END_USER_TABLES } from "../../db/end-users.ts";
import { type EndUserRecord, mustBeKnown, recordsOf } from "../../db/queries/operations/end-user-records.ts";
import { toBase64 } from "../kernel/base64.ts";
import type { Ctx } from "../kernel/context.ts";
import { endpoint, lines } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { endUserParams } from "./end-user.ts";

const TYPES = [
  ...new Set(Object.values(END_USER_TABLES)),
  "document_chunk",
  "document_bytes",
  "attachment_bytes",
  "idempotency_key",
  "end",
] as const;

const Line = z.object({ type: z.enum(TYPES) }).catchall(z.unknown());
type Line = z.input<typeof Line>;

export const exportEndUser = endpoint({
  name: "end-user.export",
  method: "get",
  path: "/v1/end-users/{endUserId}/export",
  scope: "end-users:read",
  summary: "Export a person",
  description:
    "Everything that erasing the person would remove, as JSON lines: each says its `type` and holds one thing as it is stored. A file " +
    "follows its document or attachment in lines of type `document_bytes` or `attachment_bytes`, in base64, each with its `offset`. The last line has the type `end` and " +
    "says how many there were of each; without it the export is not whole, and one of type `error` says why.",
  params: endUserParams,
  reply: lines(Line),
  example: async (fixtures) => ({ params: { endUserId: await fixtures.endUser() } }),
  async run(ctx, { params: { endUserId } }) {
    await mustBeKnown(ctx, endUserId);
    return linesOf(ctx, endUserId);
  },
});

async function* linesOf(ctx: Ctx, endUserId: string): AsyncGenerator<Line> {
  const counts: Record<string, number> = {};
  for await (const line of withBytes(ctx, recordsOf(ctx, endUserId, LIMITS.exportedAtOnce))) {
    counts[line.type] = (counts[line.type] ?? 0) + 1;
    yield line;
  }
  yield { type: "end", counts };
}

async function* withBytes(ctx: Ctx, records: AsyncGenerator<EndUserRecord>): AsyncGenerator<Line> {
  for await (const { storageKey, ...record } of records) {
    yield record as Line;
    if (record.type !== "document" && record.type !== "attachment") continue;
    for await (const piece of bytesOf(ctx, storageKey as string))
      yield { type: `${record.type}_bytes`, ...piece, [`${record.type}Id`]: record.id };
  }
}

/** Read piece by piece: a file may be as large as what a worker holds. */
async function* bytesOf(ctx: Ctx, storageKey: string) {
  for (let offset = 0; ; ) {
    const piece = await ctx.files.get(storageKey, { range: { offset, length: LIMITS.exportedBytesAtOnce } });
    if (!piece) return;
    const bytes = new Uint8Array(await piece.arrayBuffer());
    yield { offset, base64: toBase64(bytes) };
    offset += bytes.byteLength;
    if (offset >= piece.size) return;
  }
}
