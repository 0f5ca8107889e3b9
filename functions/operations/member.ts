import * as z from "zod";
import { MEMBER_ROLES } from "../../db/words.ts";
import { ALL_SCOPES, SCOPES } from "../kernel/auth/scopes.ts";
import type { Caller } from "../kernel/context.ts";
import { freeObject, id, instant, text } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";

export const role = z.enum(MEMBER_ROLES);
export const email = z.email().max(LIMITS.nameCharsMax).toLowerCase();
export const memberParams = z.object({ memberId: id("member") });

/** Nobody makes another mightier than themselves: only owners make owners, and a key only roles whose scopes it has. */
export function refuseRole(caller: Caller, role: (typeof MEMBER_ROLES)[number]): void {
  const ofRole = ALL_SCOPES.filter((scope) => (SCOPES[scope] as readonly string[]).includes(role));
  const may = caller.scopes
    ? ofRole.every((scope) => caller.scopes?.includes(scope))
    : role !== "owner" || caller.role === "owner";
  if (!may)
    throw new ApiError("FORBIDDEN", `You may not make, change or remove a member who is ${role}.`, {
      errors: [{ path: "role", message: "is more than you have" }],
    });
}

export const MemberReply = z
  .object({
    id: id("member"),
    userId: text(255)
      .nullable()
      .meta({ description: "Subject of the identity provider; null until the person has signed in" }),
    email: text(LIMITS.nameCharsMax),
    name: text(LIMITS.nameCharsMax).nullable(),
    role,
    preferences: freeObject,
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Member" });
