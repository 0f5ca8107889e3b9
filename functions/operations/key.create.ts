import * as z from "zod";
import { findApiKey, insertApiKey } from "../../db/queries/tenancy/api-key.ts";
import { newApiKey } from "../kernel/auth/api-key.ts";
import { endpoint, instant, json, name, replies, text } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { KeyReply, scopes } from "./key.ts";

const LATEST = Date.UTC(2200, 0, 1);

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
  body: json(
    z.object({
      name,
      scopes,
      expiresAt: instant.refine((at) => Date.parse(at) < LATEST, "is after the year 2200").optional(),
    }),
  ),
  reply: replies(NewKeyReply, 201),
  example: async () => ({ body: { name: "Website", scopes: ["search:read"] } }),
  async replay(ctx, { resultId }) {
    const key = await findApiKey(ctx, resultId);
    return key && { ...key, secret: null };
  },
  async run(ctx, { body, resultId }) {
    const caller = await ctx.identify();
    const lacking = caller.scopes && body.scopes.filter((scope) => !caller.scopes?.includes(scope));
    if (lacking?.length)
      throw new ApiError("FORBIDDEN", `Your key lacks ${lacking.join(", ")} and cannot give it.`, {
        errors: [{ path: "scopes", message: `you lack ${lacking.join(", ")}` }],
      });
    if (body.expiresAt && Date.parse(body.expiresAt) <= Date.now())
      throw new ApiError("INVALID", "expiresAt: is in the past", {
        errors: [{ path: "expiresAt", message: "is in the past" }],
      });
    const { secret, prefix, hash } = await newApiKey();
    const key = await insertApiKey(
      ctx,
      { id: resultId, ...body, prefix, hash },
      ctx.emit("key.created", resultId, { scopes: body.scopes }),
    );
    return { ...key, secret };
  },
});
