import * as z from "zod";
import { readOrganization, updateOrganization } from "../../db/queries/tenancy/organization.ts";
import { endpoint, json, name, replies } from "../kernel/endpoint.ts";
import { OrganizationReply, Settings, slug, timeZone } from "./organization.ts";

export const updateOwnOrganization = endpoint({
  name: "organization.update",
  method: "patch",
  path: "/v1/organization",
  scope: "organization:write",
  summary: "Change your organization",
  description: "Only what is sent changes; a setting that is sent replaces the one before.",
  body: json(z.object({ name, slug, timeZone, settings: Settings.strict() }).partial()),
  reply: replies(OrganizationReply),
  example: async () => ({ body: { timeZone: "Asia/Tokyo", settings: { defaultLanguage: "ja" } } }),
  async run(ctx, { body }) {
    const before = await readOrganization(ctx);
    if (Object.keys(body).length === 0) return before;
    const settings = body.settings && { ...(before.settings as object), ...body.settings };
    const change = { ...body, ...(settings && { settings }) };
    return updateOrganization(ctx, change, ctx.emit("organization.updated", before.id, { changed: Object.keys(body) }));
  },
});
