import { sql } from "drizzle-orm";
import { check, foreignKey, jsonb, pgTable, primaryKey, unique } from "drizzle-orm/pg-core";
import { at, createdAt, createdBy, endUserId, id, organizationId, tenantPolicy } from "../columns.ts";
import type { ErasureCounts } from "../json.ts";
import { organizations } from "./tenancy.ts";

/** Of a person's data, as far as it has come: when it is complete, the name is forgotten here too, and the counts stay. */
export const erasures = pgTable(
  "erasures",
  {
    organizationId: organizationId(),
    id: id(),
    endUserId: endUserId(),
    counts: jsonb("counts").$type<Partial<ErasureCounts>>().notNull().default({}),
    createdBy: createdBy(),
    createdAt: createdAt(),
    completedAt: at("completed_at"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    unique("erasures_under_way").on(t.organizationId, t.endUserId),
    check("erasures_forget", sql`(end_user_id is null) = (completed_at is not null)`),
    tenantPolicy(),
  ],
);
