import { findMember } from "../../db/queries/tenancy/member.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { MemberReply, memberParams } from "./member.ts";

export const getMember = endpoint({
  name: "member.get",
  method: "get",
  path: "/v1/members/{memberId}",
  scope: "members:read",
  summary: "A member",
  params: memberParams,
  reply: replies(MemberReply),
  example: async (fixtures) => ({ params: { memberId: await fixtures.member() } }),
  async run(ctx, { params }) {
    const member = await findMember(ctx, params.memberId);
    if (!member) throw notFound("member");
    return member;
  },
});
