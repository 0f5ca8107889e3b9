import * as z from "zod";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { running } from "./file-check.ts";

export const createFileCheck = endpoint({
  name: "file-check.create",
  method: "post",
  path: "/v1/file-check",
  scope: "documents:write",
  summary: "Check the stored files",
  description:
    `Compares the stored files with the documents, as happens each night: files that no document has named for ${LIMITS.orphanAgeHours} h are ` +
    "deleted, documents whose file is not there are told, and those that nothing works on any more are given up. While one is waiting " +
    "or running, it is that one.",
  reply: replies(z.object({ running }), 202),
  example: async () => ({}),
  async run(ctx) {
    const { organizationId } = await ctx.identify();
    await ctx.batch(ctx.emit("file-check.requested", organizationId));
    return { running: true };
  },
});
