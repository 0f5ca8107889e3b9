import * as z from "zod";
import type { ConversationFilter } from "../../db/queries/conversations/conversation.ts";
import { exportConversations } from "../../db/queries/conversations/export.ts";
import type { Ctx } from "../kernel/context.ts";
import { count, endpoint, lines } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { ConversationReply, conversationFilter, MessageReply, toReply } from "./conversation.ts";
import { FeedbackReply, toReply as toFeedback } from "./message-feedback.ts";

const Line = z.discriminatedUnion("type", [
  z.object({ type: z.literal("conversation"), conversation: ConversationReply }),
  z.object({ type: z.literal("message"), message: MessageReply, feedback: z.array(FeedbackReply).max(1_000) }),
  z.object({ type: z.literal("end"), conversations: count, messages: count }),
]);
type Line = z.input<typeof Line>;

export const exportAllConversations = endpoint({
  name: "conversation.export",
  method: "get",
  path: "/v1/conversations/export",
  scope: "conversations:read",
  summary: "Export conversations",
  description:
    "As JSON lines: each conversation, the oldest first, then its messages in order, superseded ones too, each with what people said of it. " +
    "The last line has the type `end` and says how many there were; without it the export is not whole, and one of type `error` says why. Of " +
    "more than some hundred thousand messages, export a span of time after the other.",
  query: z.object(conversationFilter),
  reply: lines(Line),
  example: async () => ({}),
  run: async (ctx, { query }) => linesOf(ctx, query),
});

async function* linesOf(ctx: Ctx, filter: ConversationFilter): AsyncGenerator<Line> {
  const told = { conversation: 0, message: 0 };
  const size = { conversations: LIMITS.pageSizeMax, messages: LIMITS.exportedAtOnce };
  for await (const line of exportConversations(ctx, filter, size)) {
    told[line.type]++;
    if (line.type === "conversation")
      yield { type: line.type, conversation: ConversationReply.parse(toReply(line.conversation)) };
    else yield { type: line.type, message: MessageReply.parse(line.message), feedback: line.feedback.map(toFeedback) };
  }
  yield { type: "end", conversations: told.conversation, messages: told.message };
}
