import { updateApiKey } from "../../db/queries/tenancy/api-key.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { KeyFields, KeyReply, keyParams, refuseGift } from "./key.ts";

export const changeKey = endpoint({
  name: "key.update",
  method: "patch",
  path: "/v1/keys/{keyId}",
  scope: "keys:write",
  summary: "Change an API key's name, scopes or expiry",
  description: "It gets no scope that you lack. What was revoked stays revoked.",
  params: keyParams,
  body: json(KeyFields.partial().refine((body) => Object.keys(body).length > 0, "name what changes")),
  reply: replies(KeyReply),
  example: async (fixtures) => ({ params: { keyId: await fixtures.key() }, body: { name: "Website, old" } }),
  async run(ctx, { params: { keyId }, body }) {
    refuseGift(await ctx.identify(), body);
    return updateApiKey(ctx, keyId, body, ctx.emit("key.updated", keyId));
  },
});
