import { cancelEval } from "../../db/queries/chatbots/eval.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { EvalReply, evalParams, toReply } from "./eval.ts";

export const stopEval = endpoint({
  name: "eval.cancel",
  method: "post",
  path: "/v1/evals/{evalId}/cancel",
  scope: "chatbots:write",
  summary: "Cancel an eval",
  description:
    "What is being asked at this moment is asked to its end, nothing more. One that has ended stays as it ended.",
  params: evalParams,
  reply: replies(EvalReply),
  example: async (fixtures) => ({ params: { evalId: await fixtures.eval() } }),
  run: async (ctx, { params: { evalId } }) =>
    toReply(await cancelEval(ctx, evalId, ctx.emit("eval.cancelled", evalId))),
});
