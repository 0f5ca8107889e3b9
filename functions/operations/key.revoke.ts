import { revokeApiKey } from "../../db/queries/tenancy/api-key.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { keyParams } from "./key.ts";

export const revokeKey = endpoint({
  name: "key.revoke",
  method: "delete",
  path: "/v1/keys/{keyId}",
  scope: "keys:write",
  summary: "Revoke an API key",
  description: "From the next request on it is refused. It stays in the list.",
  params: keyParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { keyId: await fixtures.key() } }),
  async run(ctx, { params: { keyId } }) {
    await revokeApiKey(ctx, keyId, ctx.emit("key.revoked", keyId));
    return undefined;
  },
});
