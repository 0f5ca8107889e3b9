import * as z from "zod";
import { searchMessages } from "../../db/queries/conversations/message-search.ts";
import { MESSAGE_ROLES } from "../../db/words.ts";
import { count, endpoint, id, instant, replies, text, words } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";

const WORDS_MAX = 10;
const wordsOf = (query: string) => query.normalize("NFC").split(/\s+/).filter(Boolean);

export const searchAllMessages = endpoint({
  name: "message.search",
  method: "get",
  path: "/v1/messages/search",
  scope: "conversations:read",
  summary: "Find what was said",
  description:
    "Messages that hold every word of `q`, or part of a longer one, in any case and any script, the newest first: archived ones too, superseded ones " +
    "not. Where no word has three characters, they are sought in the newest 100,000 messages.",
  query: z.object({
    ...pageQuery,
    q: words(500).refine((query) => wordsOf(query).length <= WORDS_MAX, `at most ${WORDS_MAX} words`),
    chatbotId: id("chatbot").optional(),
    endUserId: text(255, 1).optional(),
    role: z.enum(MESSAGE_ROLES).optional(),
    from: instant.optional().meta({ description: "Said then or later" }),
    to: instant.optional().meta({ description: "Said before" }),
  }),
  reply: replies(
    pageOf(
      z
        .object({
          id: id("message"),
          conversationId: id("conversation"),
          chatbotId: id("chatbot").nullable(),
          endUserId: text(255).nullable(),
          sequence: count,
          role: z.enum(MESSAGE_ROLES),
          author: text(255).nullable(),
          excerpt: text(2 * LIMITS.excerptCharsAround + 500).meta({
            description: "What was said around the first of the words",
          }),
          createdAt: instant,
        })
        .meta({ id: "FoundMessage" }),
    ),
  ),
  example: async () => ({ query: { q: "warranty" } }),
  async run(ctx, { query: { limit, cursor, q, ...filter } }) {
    const sought = wordsOf(q);
    const rows = await searchMessages(ctx, { words: sought, ...filter }, afterCursor(cursor), limit);
    const found = rows.map(({ content, ...message }) => ({ ...message, excerpt: excerptOf(content, sought) }));
    return page(found, limit, ({ id }) => id);
  },
});

/** The text around the word that comes first, whole characters. */
function excerptOf(content: string, sought: readonly string[]): string {
  const lower = content.toLowerCase();
  const places = sought.map((word) => lower.indexOf(word.toLowerCase())).filter((place) => place >= 0);
  const at = places.length > 0 ? Math.min(...places) : 0;
  const [start, end] = [
    Math.max(0, at - LIMITS.excerptCharsAround),
    at + LIMITS.excerptCharsAround + sought[0]!.length,
  ];
  const excerpt = content.slice(start, end).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, "");
  return `${start > 0 ? "…" : ""}${excerpt}${end < content.length ? "…" : ""}`;
}
