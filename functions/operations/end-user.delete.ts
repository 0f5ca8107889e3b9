import * as z from "zod";
import { beginErasure, erasureUnderWay, findErasure } from "../../db/queries/operations/erasure.ts";
import { ERASED } from "../../db/words.ts";
import { endpoint, id, integer, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { countsOf, endUserParams, erase } from "./end-user.ts";

const number = integer(0, Number.MAX_SAFE_INTEGER);

const ErasureReceipt = z
  .object({
    id: id("erasure; its events name it"),
    complete: z.boolean().meta({ description: "False while it goes on: ask again, or wait" }),
    counts: z.object(
      Object.fromEntries(ERASED.map((kind) => [kind, number])) as Record<(typeof ERASED)[number], typeof number>,
    ),
  })
  .meta({ id: "ErasureReceipt" });

export const deleteEndUser = endpoint({
  name: "end-user.delete",
  method: "delete",
  path: "/v1/end-users/{endUserId}",
  scope: "end-users:write",
  summary: "Erase a person",
  description:
    "Conversations with their messages, attachments and documents, the bytes of both and what is found by them, searches, judgments of what they " +
    "found, embeddings of what was said, budgets and idempotency keys are deleted. Model calls and events stay, without the person and what was said: " +
    "`calls` and `events` count those. What takes longer than ten seconds, or waits for an answer that is being given, goes on by itself; " +
    "`complete` says so, and the same request again goes on with it at once. When it is complete the name is forgotten here too, so the " +
    "same request answers 404, and the event `end-user.erased` keeps the counts. A person who writes afterwards is somebody new.",
  params: endUserParams,
  reply: replies(ErasureReceipt),
  example: async (fixtures) => ({ params: { endUserId: await fixtures.endUser() } }),
  async run(ctx, { params: { endUserId }, resultId }) {
    const id = (await erasureUnderWay(ctx, endUserId)) ?? resultId;
    const erasureId = await beginErasure(ctx, endUserId, id, ctx.emit("end-user.erasure_requested", id));
    if (!erasureId) throw notFound("end user");
    await erase(ctx, erasureId);
    const erasure = (await findErasure(ctx, erasureId))!;
    return { id: erasureId, complete: erasure.complete, counts: countsOf(erasure) };
  },
});
