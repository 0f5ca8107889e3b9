import * as z from "zod";
import { findFileCheck } from "../../db/queries/chatbots/file-check.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { FileCheckReply, running } from "./file-check.ts";

export const getFileCheck = endpoint({
  name: "file-check.get",
  method: "get",
  path: "/v1/file-check",
  scope: "organization:read",
  summary: "The last check of the stored files",
  description: "What was found when the stored files were compared with the documents; null before the first time.",
  reply: replies(z.object({ running, check: FileCheckReply.nullable() })),
  example: async () => ({}),
  async run(ctx) {
    const { running, found } = await findFileCheck(ctx);
    if (!found) return { running, check: null };
    const { organizationId: _, checkedTo: __, ...check } = found;
    return { running, check };
  },
});
