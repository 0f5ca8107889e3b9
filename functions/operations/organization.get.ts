import { readOrganization } from "../../db/queries/tenancy/organization.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { OrganizationReply, toReply } from "./organization.ts";

export const getOrganization = endpoint({
  name: "organization.get",
  method: "get",
  path: "/v1/organization",
  scope: "organization:read",
  summary: "Your organization",
  reply: replies(OrganizationReply),
  example: async () => ({}),
  run: async (ctx) => toReply(await readOrganization(ctx)),
});
