import * as z from "zod";
import { listMembers } from "../../db/queries/tenancy/member.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { MemberReply } from "./member.ts";

export const listAllMembers = endpoint({
  name: "member.list",
  method: "get",
  path: "/v1/members",
  scope: "members:read",
  summary: "The people of your organization",
  query: z.object(pageQuery),
  reply: replies(pageOf(MemberReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const rows = await listMembers(ctx, afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
