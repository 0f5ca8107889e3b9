import { type SQL, sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import type { JsonObject } from "../../json.ts";
import { changeConversation } from "./conversation.ts";

/** Who holds a conversation, or says something in it: as they are named, or else the transaction's caller. */
export const nameOf = (by: string | undefined) => sql<string>`coalesce(${by ?? null}::text, current_caller_id())`;

const isOf = (endUser: string | undefined): SQL => (endUser === undefined ? sql`true` : sql`end_user_id = ${endUser}`);

type Handling = { by?: string; force: boolean; requestId: string };

/**
 * A person answers in the chatbot's place from now on, in a conversation that is not over for good. One whom somebody else holds stays as it is,
 * unless by force; then `changed` is false, as where the person holds it already.
 */
export const takeOver = (tenant: Tenant, id: string, { by, force, requestId }: Handling) =>
  changeConversation(tenant, id, {
    when: sql`status <> 'terminated' and (held_by is null or ${force} and held_by <> ${nameOf(by)})`,
    set: { heldBy: nameOf(by), heldAt: sql`now()`, escalatedAt: null, status: "active", endedAt: null },
    event: { type: "conversation.taken_over", requestId },
  });

/** The chatbot answers again; whom somebody else holds stays held, unless by force. */
export const handBack = (tenant: Tenant, id: string, { by, force, requestId }: Handling) =>
  changeConversation(tenant, id, {
    when: sql`held_by is not null and (${force} or held_by = ${nameOf(by)})`,
    set: { heldBy: null, heldAt: null },
    event: { type: "conversation.handed_back", requestId },
  });

/** The end user asks for a person: once, while nobody has come. */
export const escalate = (
  tenant: Tenant,
  id: string,
  { endUser, reason, requestId }: { endUser: string | undefined; reason: string | undefined; requestId: string },
) =>
  changeConversation(tenant, id, {
    when: sql`${isOf(endUser)} and status <> 'terminated' and held_by is null and escalated_at is null`,
    set: { escalatedAt: sql`now()`, status: "active", endedAt: null },
    event: { type: "conversation.escalated", data: reason === undefined ? {} : { reason }, requestId },
  });

export type Ending = {
  status: "inactive" | "terminated";
  satisfactionScore: number | undefined;
  endUser: string | undefined;
  requestId: string;
};

/** Ends a conversation, for now or for good; one that is over for good stays so. A satisfaction that is told late is kept. */
export const endConversation = (
  tenant: Tenant,
  id: string,
  { status, satisfactionScore, endUser, requestId }: Ending,
) =>
  changeConversation(tenant, id, {
    when: sql`${isOf(endUser)} and (status <> 'terminated' and status <> ${status} or ${satisfactionScore ?? null}::smallint is not null)`,
    set: {
      status: sql`case status when 'terminated' then status else ${status} end`,
      endedAt: sql`coalesce(ended_at, now())`,
      satisfactionScore: sql`coalesce(${satisfactionScore ?? null}::smallint, satisfaction_score)`,
    },
    event: {
      type: "conversation.ended",
      data: { status, ...(satisfactionScore !== undefined && { satisfactionScore }) },
      requestId,
    },
  });

export type ConversationChange = {
  title?: string | null;
  tags?: string[];
  metadata?: JsonObject;
  satisfactionScore?: number | null;
};

/** Changes what people note of a conversation. */
export const updateConversation = (tenant: Tenant, id: string, change: ConversationChange, requestId: string) =>
  changeConversation(tenant, id, {
    when: sql`true`,
    set: change,
    event: { type: "conversation.updated", data: { changed: Object.keys(change) }, requestId },
  });
