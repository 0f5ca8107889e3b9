import * as z from "zod";
import { findMember, updateMember } from "../../db/queries/tenancy/member.ts";
import { endpoint, freeObject, json, name, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { MemberReply, memberParams, refuseRole, role } from "./member.ts";

export const changeMember = endpoint({
  name: "member.update",
  method: "patch",
  path: "/v1/members/{memberId}",
  scope: "members:write",
  summary: "Change a member",
  params: memberParams,
  body: json(
    z
      .object({ name, role, preferences: freeObject })
      .partial()
      .refine((body) => Object.keys(body).length > 0, "name what changes"),
  ),
  reply: replies(MemberReply),
  example: async (fixtures) => ({ params: { memberId: await fixtures.member() }, body: { role: "editor" } }),
  async run(ctx, { params: { memberId }, body }) {
    const caller = await ctx.identify();
    const member = await findMember(ctx, memberId);
    if (!member) throw notFound("member");
    for (const role of [member.role, body.role]) if (role) refuseRole(caller, role);
    return updateMember(ctx, memberId, body, ctx.emit("member.updated", memberId));
  },
});
