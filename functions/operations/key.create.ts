import { findApiKey, insertApiKey } from "../../db/queries/tenancy/api-key.ts";
import { newApiKey } from "../kernel/auth/api-key.ts";
import { endpoint, json, replies, text } from "../kernel/endpoint.ts";
import { KeyFields, KeyReply, refuseGift } from "./key.ts";

const NewKeyReply = KeyReply.extend({
  secret: text(100)
    .nullable()
    .meta({ description: "The key. It is shown this once; null when the request is repeated" }),
}).meta({ id: "NewApiKey" });

export const createKey = endpoint({
  name: "key.create",
  method: "post",
  path: "/v1/keys",
  scope: "keys:write",
  summary: "Make an API key",
  description: "A key can give no scope that its maker lacks.",
  body: json(KeyFields),
  reply: replies(NewKeyReply, 201),
  example: async () => ({ body: { name: "Website", scopes: ["search:read"] } }),
  async replay(ctx, { resultId }) {
    const key = await findApiKey(ctx, resultId);
    return key && { ...key, secret: null };
  },
  async run(ctx, { body, resultId }) {
    refuseGift(await ctx.identify(), body);
    const { secret, prefix, hash } = await newApiKey();
    const key = await insertApiKey(
      ctx,
      { id: resultId, ...body, prefix, hash },
      ctx.emit("key.created", resultId, { scopes: body.scopes }),
    );
    return { ...key, secret };
  },
});
