import * as z from "zod";
import { findConversation, listMessages, type Message } from "../../db/queries/conversations/conversation.ts";
import { endpoint, replies, text } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { conversationParams } from "./conversation.ts";

export const transcribeConversation = endpoint({
  name: "conversation.transcribe",
  method: "get",
  path: "/v1/conversations/{conversationId}/transcript",
  scope: "conversations:read",
  summary: "A conversation as Markdown",
  description:
    `What was said, without what was superseded, with the quotes that answers cite. At most ${LIMITS.transcriptMessagesMax} messages; an export tells ` +
    "longer ones. What was said as HTML or JSON stands in a block of code, and no text brings HTML of its own along.",
  params: conversationParams,
  reply: replies(z.object({ markdown: text(100_000_000) }).meta({ id: "Transcript" })),
  example: async (fixtures) => ({ params: { conversationId: await fixtures.conversation() } }),
  async run(ctx, { params: { conversationId } }) {
    const conversation = await findConversation(ctx, conversationId);
    const all = { after: 0, limit: LIMITS.transcriptMessagesMax, superseded: false };
    const messages = await listMessages(ctx, conversationId, all);
    if (!conversation || !messages) throw notFound("conversation");
    if (messages.length > LIMITS.transcriptMessagesMax)
      throw new ApiError(
        "UNPROCESSABLE",
        `A transcript holds at most ${LIMITS.transcriptMessagesMax} messages. Export it.`,
      );
    const title = conversation.title ?? `Conversation of ${conversation.createdAt}`;
    return { markdown: [`# ${plain(title).replace(/\s+/g, " ")}`, ...messages.map(said)].join("\n\n").concat("\n") };
  },
});

const WHO = { user: "User", assistant: "Chatbot", staff: "Staff", system: "System", tool: "Tool" } as const;

function said({ role, author, createdAt, status, content, contentType, citations }: Message): string {
  const isCode = contentType === "html" || contentType === "json";
  const quotes = citations.map(
    ({ marker, title, page, quote }) =>
      `- [${marker}] ${plain(title)}${page === null ? "" : `, page ${page}`}: ${plain(quote).replace(/\s+/g, " ")}`,
  );
  const name = author === null ? WHO[role] : `${WHO[role]} (${plain(author)})`;
  const ending = status === "completed" ? "" : ` (${status})`;
  return [
    `**${name}**, ${createdAt}${ending}`,
    quoted(isCode ? fenced(content, contentType) : plain(content)),
    quotes.join("\n"),
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** Text that a renderer of Markdown takes for no HTML. */
const plain = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const quoted = (text: string) => text.replace(/^/gm, "> ");

function fenced(content: string, language: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${content}\n${fence}`;
}
