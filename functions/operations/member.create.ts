import * as z from "zod";
import { findMember, insertMember } from "../../db/queries/tenancy/member.ts";
import { endpoint, json, name, replies } from "../kernel/endpoint.ts";
import { email, MemberReply, refuseRole, role } from "./member.ts";

export const createMember = endpoint({
  name: "member.create",
  method: "post",
  path: "/v1/members",
  scope: "members:write",
  summary: "Invite a person",
  description: "The first sign-in with this address, verified by the identity provider, becomes this member.",
  body: json(z.object({ email, role, name: name.optional() })),
  reply: replies(MemberReply, 201),
  example: async () => ({ body: { email: `${crypto.randomUUID()}@example.com`, role: "viewer" } }),
  replay: (ctx, { resultId }) => findMember(ctx, resultId),
  async run(ctx, { body, resultId }) {
    refuseRole(await ctx.identify(), body.role);
    const member = { id: resultId, ...body, name: body.name ?? null };
    return insertMember(ctx, member, ctx.emit("member.created", resultId, { role: body.role }));
  },
});
