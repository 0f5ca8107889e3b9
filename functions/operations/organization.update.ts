import * as z from "zod";
import { updateOrganization } from "../../db/queries/tenancy/organization.ts";
import { endpoint, json, name, replies } from "../kernel/endpoint.ts";
import { ChangedSettings, OrganizationReply, refuseUnknownZone, slug, timeZone, toReply } from "./organization.ts";

export const updateOwnOrganization = endpoint({
  name: "organization.update",
  method: "patch",
  path: "/v1/organization",
  scope: "organization:write",
  summary: "Change your organization",
  description: "Only what is sent changes; a setting that is sent replaces the one before, and null takes it away.",
  body: json(
    z
      .object({ name, slug, timeZone, settings: ChangedSettings })
      .partial()
      .refine((body) => Object.keys(body).length > 0, "name what changes"),
  ),
  reply: replies(OrganizationReply),
  example: async () => ({ body: { timeZone: "Asia/Tokyo", settings: { defaultLanguage: "ja" } } }),
  async run(ctx, { body }) {
    await refuseUnknownZone(ctx, body.timeZone);
    const { organizationId } = await ctx.identify();
    const emits = ctx.emit("organization.updated", organizationId);
    return toReply(await updateOrganization(ctx, body, emits));
  },
});
