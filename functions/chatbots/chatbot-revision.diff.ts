import * as z from "zod";
import type { Json } from "../../db/json.ts";
import { type ChatbotRevision, findRevisions } from "../../db/queries/chatbots/chatbot-revision.ts";
import { endpoint, replies, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { revisionNumber } from "./chatbot.ts";
import { field, numberParam, revisionParams } from "./chatbot-revision.ts";
import { diffLines } from "./line-diff.ts";

const anyValue = z.custom<Json>().meta({ description: "As in the configuration; null in the place of no value" });

const Difference = z
  .object({
    field,
    before: anyValue,
    after: anyValue,
    lines: z
      .array(z.object({ op: z.enum(["equal", "delete", "insert"]), text: text(LIMITS.textCharsMax) }))
      .max(2 * LIMITS.textCharsMax + 2)
      .optional()
      .meta({ description: "Of a text of several lines: each line, in order" }),
  })
  .meta({ id: "ChatbotDifference" });

export const diffChatbotRevisions = endpoint({
  name: "chatbot-revision.diff",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/revisions/{number}/diff",
  scope: "chatbots:read",
  summary: "What a revision changed, or how two differ",
  description:
    "From the revision `with`, or the one before, to this one: each field that differs. The first has none before it, so nothing differs.",
  params: revisionParams,
  query: z.object({ with: numberParam.optional() }),
  reply: replies(
    z.object({ from: revisionNumber, to: revisionNumber, differences: z.array(Difference).max(field.options.length) }),
  ),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot(), number: "1" } }),
  async run(ctx, { params: { chatbotId, number }, query: { with: other = Math.max(1, number - 1) } }) {
    const found = await findRevisions(ctx, chatbotId, [other, number]);
    const [before, after] = [found.get(other), found.get(number)];
    if (!before || !after) throw notFound("revision");
    return { from: other, to: number, differences: differences(before, after) };
  },
});

function differences({ configuration: before }: ChatbotRevision, { configuration: after }: ChatbotRevision) {
  return field.options
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => ({ field: name, before: before[name], after: after[name], ...linesOf(before[name], after[name]) }));
}

const linesOf = (before: unknown, after: unknown) =>
  typeof before === "string" && typeof after === "string" && `${before}${after}`.includes("\n")
    ? { lines: diffLines(before, after) }
    : {};
