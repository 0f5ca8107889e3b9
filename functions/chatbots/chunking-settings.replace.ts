import * as z from "zod";
import { writeChunkingSettings } from "../../db/queries/chatbots/chunking-settings.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import {
  ChunkingSettingsReply,
  DEFAULT_CHUNKING,
  knownType,
  OVERLAP_TOO_LARGE,
  overlapsHalf,
  Settings,
  settingsParams,
  toReply,
} from "./chunking-settings.ts";

export const replaceChunkingSettings = endpoint({
  name: "chunking-settings.replace",
  method: "put",
  path: "/v1/chunking-settings/{documentType}",
  scope: "organization:write",
  summary: "Set how documents of a type are cut into chunks",
  description:
    "Documents take it with their next processing; those that are there stay as they are until they are processed again. " +
    "What is not sent is as by default.",
  params: settingsParams,
  body: json(
    z
      .object({
        chunkTokens: Settings.chunkTokens.default(DEFAULT_CHUNKING.chunkTokens),
        overlapTokens: Settings.overlapTokens.default(DEFAULT_CHUNKING.overlapTokens),
        chunkType: Settings.chunkType.default(DEFAULT_CHUNKING.chunkType),
        contextualPrefix: Settings.contextualPrefix.default(DEFAULT_CHUNKING.contextualPrefix),
      })
      .refine(overlapsHalf, { path: ["overlapTokens"], message: OVERLAP_TOO_LARGE }),
  ),
  reply: replies(ChunkingSettingsReply),
  example: async () => ({ params: { documentType: "technical" }, body: { chunkTokens: 800, overlapTokens: 80 } }),
  async run(ctx, { params, body }) {
    const type = await knownType(ctx, params.documentType);
    const { organizationId } = await ctx.identify();
    const emits = ctx.emit("chunking-settings.replaced", organizationId, { documentType: type, ...body });
    return toReply(type, await writeChunkingSettings(ctx, type, body, emits));
  },
});
