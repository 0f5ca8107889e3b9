import * as z from "zod";
import { endpoint, endUserName, id, json } from "../kernel/endpoint.ts";
import { beginOtherAnswer } from "./answer/turn.ts";
import { answering, refuse, told, toldBefore } from "./answering.ts";

export const regenerateMessage = endpoint({
  name: "message.regenerate",
  method: "post",
  path: "/v1/messages/{messageId}/regenerate",
  scope: "chatbots:answer",
  summary: "Answer a question anew",
  description:
    "Another answer to the same question, as the chatbot is now, told as `message.send` tells it. The answer in whose place it stands is " +
    "superseded, and so is what came after it: both are still read with `superseded`. One that broke off or failed is given from its " +
    "beginning. What a person said, or a user, is not given anew: 422.",
  params: z.object({ messageId: id("message") }),
  body: json(
    z.object({
      endUser: endUserName.optional().meta({ description: "Whose message it is; another's does not exist" }),
      stream: z.boolean().optional(),
    }),
  ),
  reply: answering,
  endUser: ({ body }) => body.endUser,
  async example(fixtures) {
    const { messageId } = await fixtures.answer();
    return { params: { messageId }, body: {} };
  },
  replay: (ctx, { resultId, body }) => toldBefore(ctx, resultId, body.stream),
  async run(ctx, { params: { messageId }, body, signal, resultId }) {
    return told(
      ctx,
      await beginOtherAnswer(ctx, resultId, { messageId, endUser: body.endUser, refuse }),
      signal,
      body.stream,
    );
  },
});
