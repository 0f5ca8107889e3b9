import * as z from "zod";
import { countUpTo, insertBranch } from "../../db/queries/conversations/branch.ts";
import { findConversation } from "../../db/queries/conversations/conversation.ts";
import { endpoint, id, json, replies, text } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { ConversationReply, conversationParams, ofEndUser, toReply } from "./conversation.ts";

export const branchConversation = endpoint({
  name: "conversation.branch",
  method: "post",
  path: "/v1/conversations/{conversationId}/branches",
  scope: "chatbots:answer",
  summary: "Go on from a message in a conversation of its own",
  description:
    `A new conversation of the same end user and chatbot, with copies of what was said up to \`messageId\`, at most ${LIMITS.branchMessagesMax} ` +
    "messages; `branchedFrom` names where they were said, and each copy its original. From a superseded message it goes on as if nothing had " +
    "taken its place. Copies count in no figures.",
  params: conversationParams,
  body: json(
    z.object({ messageId: id("message, the last that is copied"), title: text(255, 1).optional(), endUser: ofEndUser }),
  ),
  reply: replies(ConversationReply, 201),
  endUser: ({ body }) => body.endUser,
  async example(fixtures) {
    const { conversationId, messageId } = await fixtures.answer();
    return { params: { conversationId }, body: { messageId, title: "Another way" } };
  },
  async replay(ctx, { resultId }) {
    const made = await findConversation(ctx, resultId);
    return made && toReply(made);
  },
  async run(ctx, { params: { conversationId }, body: { messageId, title, endUser }, resultId }) {
    const branch = { id: resultId, conversationId, messageId, title, endUser };
    const number = await countUpTo(ctx, branch);
    if (number === undefined) throw notFound("message");
    if (number > LIMITS.branchMessagesMax)
      throw new ApiError(
        "UNPROCESSABLE",
        `A branch copies at most ${LIMITS.branchMessagesMax} messages; these are ${number}.`,
      );
    return toReply(
      await insertBranch(ctx, branch, ctx.emit("conversation.branched", resultId, { conversationId, messageId })),
    );
  },
});
