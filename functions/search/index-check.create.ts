import * as z from "zod";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { running } from "./index-check.ts";

export const createIndexCheck = endpoint({
  name: "index-check.create",
  method: "post",
  path: "/v1/index-checks",
  scope: "documents:write",
  summary: "Check and repair the search",
  description: `Compares what is searched with the texts that it is derived from and repairs the difference, as happens each night. While
one is waiting or running, it is that one.`,
  reply: replies(z.object({ running }), 202),
  example: async () => ({}),
  async run(ctx) {
    const { organizationId } = await ctx.identify();
    await ctx.batch(ctx.emit("index-check.requested", organizationId));
    return { running: true };
  },
});
