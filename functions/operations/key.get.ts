import { findApiKey } from "../../db/queries/tenancy/api-key.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { KeyReply, keyParams } from "./key.ts";

export const getKey = endpoint({
  name: "key.get",
  method: "get",
  path: "/v1/keys/{keyId}",
  scope: "keys:read",
  summary: "An API key, without its secret",
  params: keyParams,
  reply: replies(KeyReply),
  example: async (fixtures) => ({ params: { keyId: await fixtures.key() } }),
  async run(ctx, { params }) {
    const key = await findApiKey(ctx, params.keyId);
    if (!key) throw notFound("API key");
    return key;
  },
});
