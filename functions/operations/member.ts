import * as z from "zod";
import { MEMBER_ROLES } from "../../db/words.ts";
import { freeObject, id, instant, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

export const role = z.enum(MEMBER_ROLES);
export const email = z.email().max(LIMITS.nameCharsMax).toLowerCase();
export const memberParams = z.object({ memberId: id("member") });

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
