import * as z from "zod";
import { text } from "./endpoint.ts";
import { ApiError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** Lists are read from the newest to the oldest; a cursor names the last row seen, so rows that come meanwhile shift nothing. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(LIMITS.pageSizeMax)
    .default(LIMITS.pageSizeDefault)
    .meta({ description: "How many items at most", format: "int32" }),
  cursor: text(200).optional().meta({ description: "`nextCursor` of the page before" }),
};

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item).max(LIMITS.pageSizeMax),
    nextCursor: text(200).nullable().meta({ description: "Ask with it for the next page; null on the last" }),
  });

/** The id after which the page begins. Ids are UUIDv7, so they are in order of time. */
export function afterCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = z.uuid().safeParse(cursor);
  if (!id.success) throw foreignCursor();
  return id.data;
}

const foreignCursor = (path = "cursor") =>
  new ApiError("INVALID", `${path}: is none of ours`, {
    errors: [{ path, message: "use `nextCursor` of the page before" }],
  });

/** The place after which a feed goes on in the order of commits, or a list in that of a number; what `cursorOfPlace` wrote. */
export function afterPlace(after: string, path = "after"): { xid: string; id: string } {
  const [, xid, id] = /^(\d{1,18})_(.+)$/.exec(after) ?? [];
  if (xid === undefined || !z.uuid().safeParse(id).success) throw foreignCursor(path);
  return { xid, id: id! };
}
export const cursorOfPlace = ({ xid, id }: { xid: string; id: string }): string => `${xid}_${id}`;

/** Makes a page of what was read with `limit + 1`. */
export function page<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => string) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? cursorOf(last) : null };
}

/** The number after which the page begins, of lists in a counted order. */
export function afterNumber(cursor: string | undefined): number {
  if (cursor === undefined) return -1;
  if (!/^\d{1,15}$/.test(cursor)) throw foreignCursor();
  return Number(cursor);
}
