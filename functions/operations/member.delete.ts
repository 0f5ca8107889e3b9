import { deleteMember, findMember } from "../../db/queries/tenancy/member.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { memberParams, refuseRole } from "./member.ts";

export const removeMember = endpoint({
  name: "member.delete",
  method: "delete",
  path: "/v1/members/{memberId}",
  scope: "members:write",
  summary: "Remove a member",
  params: memberParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { memberId: await fixtures.member() } }),
  async run(ctx, { params: { memberId } }) {
    const member = await findMember(ctx, memberId);
    if (!member) throw notFound("member");
    refuseRole(await ctx.identify(), member.role);
    await deleteMember(ctx, memberId, ctx.emit("member.deleted", memberId));
    return undefined;
  },
});
