import * as z from "zod";
import { type GoldenQuestion, listGoldenQuestions } from "../../db/queries/chatbots/golden-question.ts";
import type { Ctx } from "../kernel/context.ts";
import { endpoint, lines } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { chatbotParams } from "./chatbot.ts";
import { goldenFields, tag } from "./golden-question.ts";

const Line = z.object(goldenFields);

export const exportGoldenQuestions = endpoint({
  name: "golden-question.export",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/golden-questions/export",
  scope: "chatbots:read",
  summary: "Export golden questions",
  description: "Those that are approved, the newest first, as JSON lines that can be imported again.",
  params: chatbotParams,
  query: z.object({ tag: tag.optional() }),
  reply: lines(Line),
  example: async (fixtures) => ({ params: { chatbotId: (await fixtures.goldenSet()).chatbotId } }),
  async run(ctx, { params: { chatbotId }, query: { tag } }) {
    const first = await pageAfter(ctx, chatbotId, tag, undefined);
    if (!first) throw notFound("chatbot");
    return linesOf(ctx, chatbotId, tag, first);
  },
});

const pageAfter = (ctx: Ctx, chatbotId: string, tag: string | undefined, after: string | undefined) =>
  listGoldenQuestions(ctx, chatbotId, { status: "approved", tag }, after, LIMITS.exportedAtOnce);

async function* linesOf(ctx: Ctx, chatbotId: string, tag: string | undefined, first: GoldenQuestion[]) {
  for (let rows: GoldenQuestion[] | undefined = first; rows; ) {
    const told: GoldenQuestion[] = rows.slice(0, LIMITS.exportedAtOnce);
    for (const row of told) yield lineOf(row);
    rows = rows.length > told.length ? await pageAfter(ctx, chatbotId, tag, told.at(-1)!.id) : undefined;
  }
}

const lineOf = ({
  question,
  history,
  answerable,
  expectedAnswer,
  expectedFacts,
  expectedSources,
  language,
  tags,
}: GoldenQuestion): z.input<typeof Line> => ({
  question,
  history,
  answerable,
  expectedAnswer,
  expectedFacts,
  expectedSources,
  language,
  tags,
});
