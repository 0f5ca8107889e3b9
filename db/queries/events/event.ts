import type { Statement, Tenant } from "../../client.ts";
import { newId } from "../../columns.ts";
import type { JsonObject } from "../../json.ts";
import { events } from "../../schema/events.ts";
import type { EVENT_CATEGORIES, EVENT_SEVERITIES } from "../../words.ts";

export type NewEvent = {
  type: string;
  resourceType: string;
  resourceId: string;
  category?: (typeof EVENT_CATEGORIES)[number];
  severity?: (typeof EVENT_SEVERITIES)[number];
  data?: JsonObject;
  requestId: string;
  ipAddress?: string | null;
  userAgent?: string | null;
};

/** Says what happened, in the transaction in which it happens; who did it is the transaction's caller. */
export const insertEvent = (tenant: Tenant, event: NewEvent): Statement =>
  tenant.db.insert(events).values({ id: newId(), ...event });
