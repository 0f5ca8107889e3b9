import * as z from "zod";
import { readChunkingSettings } from "../../db/queries/chatbots/chunking-settings.ts";
import { DOCUMENT_TYPES } from "../../db/words.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { ChunkingSettingsReply, toReply } from "./chunking-settings.ts";

export const listChunkingSettings = endpoint({
  name: "chunking-settings.list",
  method: "get",
  path: "/v1/chunking-settings",
  scope: "organization:read",
  summary: "How documents of each type are cut into chunks",
  reply: replies(z.object({ items: z.array(ChunkingSettingsReply).max(DOCUMENT_TYPES.length) })),
  example: async () => ({}),
  async run(ctx) {
    const rows = await readChunkingSettings(ctx);
    return {
      items: DOCUMENT_TYPES.map((type) =>
        toReply(
          type,
          rows.find((row) => row.documentType === type),
        ),
      ),
    };
  },
});
