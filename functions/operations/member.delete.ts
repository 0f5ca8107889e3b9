import { deleteMember } from "../../db/queries/tenancy/member.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { memberParams } from "./member.ts";

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
    await deleteMember(ctx, memberId, ctx.emit("member.deleted", memberId));
    return undefined;
  },
});
