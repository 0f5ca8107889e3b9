import { deleteChunkingSettings } from "../../db/queries/chatbots/chunking-settings.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { knownType, settingsParams } from "./chunking-settings.ts";

export const resetChunkingSettings = endpoint({
  name: "chunking-settings.delete",
  method: "delete",
  path: "/v1/chunking-settings/{documentType}",
  scope: "organization:write",
  summary: "Cut documents of a type as by default again",
  description: "Documents take it with their next processing.",
  params: settingsParams,
  reply: nothing,
  example: async () => ({ params: { documentType: "technical" } }),
  async run(ctx, { params }) {
    const type = await knownType(ctx, params.documentType);
    const { organizationId } = await ctx.identify();
    const emits = ctx.emit("chunking-settings.deleted", organizationId, { documentType: type });
    await deleteChunkingSettings(ctx, type, emits);
    return undefined;
  },
});
