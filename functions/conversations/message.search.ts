import * as z from "zod";
import { messagesByMeaning, messagesByWords, readFound } from "../../db/queries/conversations/message-search.ts";
import { findsByMeaning } from "../../db/queries/conversations/message-vectors.ts";
import { MESSAGE_ROLES, MESSAGE_SEARCH_MODES } from "../../db/words.ts";
import type { Ctx } from "../kernel/context.ts";
import { count, endpoint, id, instant, replies, text, words } from "../kernel/endpoint.ts";
import { ApiError, describe } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { log } from "../kernel/log.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";

const WORDS_MAX = 10;
const wordsOf = (query: string) => query.normalize("NFC").split(/\s+/).filter(Boolean);
/** Of reciprocal rank fusion, as it was published (Cormack, Clarke, Büttcher 2009). */
const RRF_K = 60;

export const searchAllMessages = endpoint({
  name: "message.search",
  method: "get",
  path: "/v1/messages/search",
  scope: "conversations:read",
  summary: "Find what was said",
  description: `Archived messages too, superseded ones not. \`text\`: those that hold every word of \`q\`, or part of a longer one, in any case and any
script, the newest first; where no word has three characters, they are sought in the newest 100,000 messages. \`semantic\`: those that are nearest in
meaning, in any language that the embedding model knows, of the newest ${LIMITS.messagesEmbeddedMax.toLocaleString("en")} that users, chatbots and
staff said; 409 unless the organization's setting \`semanticMessageSearch\` is on, and what was said in the last minutes may not be embedded yet.
\`hybrid\`: the best of both, ranked by both; without the question's embedding by words alone, and \`degraded\` says so. Only \`text\` has further pages.`,
  query: z
    .object({
      ...pageQuery,
      q: words(500),
      mode: z.enum(MESSAGE_SEARCH_MODES).default("text"),
      chatbotId: id("chatbot").optional(),
      endUserId: text(255, 1).optional(),
      role: z.enum(MESSAGE_ROLES).optional(),
      from: instant.optional().meta({ description: "Said then or later" }),
      to: instant.optional().meta({ description: "Said before" }),
    })
    .refine(({ q, mode }) => mode === "semantic" || wordsOf(q).length <= WORDS_MAX, {
      path: ["q"],
      message: `at most ${WORDS_MAX} words, unless the mode is semantic`,
    })
    .refine(({ cursor, mode }) => mode === "text" || cursor === undefined, {
      path: ["cursor"],
      message: "only a search by text has further pages",
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
            description: "What was said around the first of the words, or first of all",
          }),
          similarity: z
            .number()
            .min(-1)
            .max(1)
            .nullable()
            .meta({ description: "Cosine; null where it was found by its words alone" }),
          createdAt: instant,
        })
        .meta({ id: "FoundMessage" }),
    ).extend({
      degraded: z
        .array(z.enum(["embedding"]))
        .max(1)
        .meta({ description: "What the search did without, for a model did not answer" }),
    }),
  ),
  example: async () => ({ query: { q: "warranty" } }),
  async run(ctx, { query: { limit, cursor, q, mode, ...filter } }) {
    const sought = wordsOf(q);
    const byWords = (most: number) => messagesByWords(ctx, sought, filter, afterCursor(cursor), most);
    if (mode === "text") {
      const { items, nextCursor } = page(await byWords(limit + 1), limit, (messageId) => messageId);
      return { items: await found(ctx, items, sought, new Map()), nextCursor, degraded: [] };
    }
    if (!(await findsByMeaning(ctx)))
      throw new ApiError(
        "CONFLICT",
        "Messages are found by their words alone: turn on the setting semanticMessageSearch.",
      );
    const most = mode === "hybrid" ? LIMITS.messagesFused : limit;
    const byMeaning = async () => {
      const textHash = await embedded(ctx, q, mode === "hybrid");
      return textHash === null ? undefined : messagesByMeaning(ctx, textHash, filter, most);
    };
    const [near, said] = await Promise.all([byMeaning(), mode === "hybrid" ? byWords(most) : []]);
    const similarities = new Map(near?.map(({ id, similarity }) => [id, similarity]));
    const ids = fused([said, [...similarities.keys()]]).slice(0, limit);
    const degraded: "embedding"[] = near ? [] : ["embedding"];
    return { items: await found(ctx, ids, sought, similarities), nextCursor: null, degraded };
  },
});

/** How the cache knows the question; null where it cannot be embedded at the moment and need not be. */
async function embedded(ctx: Ctx, question: string, mayFail: boolean): Promise<string | null> {
  try {
    const deadlineMs = LIMITS.questionEmbeddingDeadlineMs;
    return (await ctx.search.embedQuestion(question, [], { task: "embed" }, deadlineMs)).textHash;
  } catch (error) {
    if (!mayFail) throw error;
    log("warn", "messages searched by words alone", { requestId: ctx.requestId, error: describe(error) });
    return null;
  }
}

/** Reciprocal rank fusion: who stands high in several lists comes first. */
function fused(lists: readonly (readonly string[])[]): string[] {
  const scores = new Map<string, number>();
  for (const list of lists)
    for (const [rank, one] of list.entries()) scores.set(one, (scores.get(one) ?? 0) + 1 / (RRF_K + rank + 1));
  return [...scores.keys()].sort((a, b) => scores.get(b)! - scores.get(a)!);
}

async function found(
  ctx: Ctx,
  ids: readonly string[],
  sought: readonly string[],
  similarities: ReadonlyMap<string, number>,
) {
  return (await readFound(ctx, ids)).map(({ content, ...message }) => ({
    ...message,
    excerpt: excerptOf(content, sought),
    similarity: similarities.get(message.id) ?? null,
  }));
}

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
