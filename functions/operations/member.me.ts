import { findMember } from "../../db/queries/tenancy/member.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { MemberReply } from "./member.ts";

export const getOwnMember = endpoint({
  name: "member.me",
  method: "get",
  path: "/v1/members/me",
  scope: "members:read",
  summary: "You, as a member",
  description: "For people who signed in; an API key is no member and gets 404.",
  reply: replies(MemberReply),
  example: async () => ({}),
  async run(ctx) {
    const caller = await ctx.identify();
    const member = caller.kind === "member" ? await findMember(ctx, caller.callerId) : undefined;
    if (!member) throw notFound("member: an API key is none");
    return member;
  },
});
