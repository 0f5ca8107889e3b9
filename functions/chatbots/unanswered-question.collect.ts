import { newId } from "../../db/columns.ts";
import {
  embedLeader,
  findUnanswered,
  leadersToEmbed,
  placeUnanswered,
} from "../../db/queries/chatbots/unanswered-question.ts";
import type { Ctx } from "../kernel/context.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { languageDetector } from "../kernel/retrieval/language.ts";

/** Of two questions that stand together. Less than for an answer: whoever reads them sees it when they differ. */
const SIMILARITY_MIN = 0.75;
const LEADERS_PER_RUN = 20;

/** Puts an answer that was none into the inbox, to the questions of its meaning. Its question was embedded when it was searched with. */
export const collectUnanswered = job({
  kind: "unanswered-question.collect",
  async run(ctx, messageId) {
    const asked = await findUnanswered(ctx, messageId, LIMITS.earlierQuestionsMax);
    if (!asked) return []; // gone, or an answer by now
    const { chatbotId, question, earlier, reason } = asked;
    const undrafted = await embedLeaders(ctx, chatbotId);
    const detect = await languageDetector();
    const placed = await placeUnanswered(ctx, {
      id: newId(),
      messageId,
      reason,
      language: detect(question),
      asked: await ctx.search.embedQuestion(question, earlier, { task: "embed", chatbotId, messageId }),
      similarityMin: SIMILARITY_MIN,
    });
    if (placed && !placed.drafted) undrafted.add(placed.id);
    return [...undrafted].flatMap((id) =>
      ctx.emit("unanswered-question.opened", id, { chatbotId }, { category: "system" }),
    );
  },
  failed: (ctx, messageId, reason) =>
    ctx.emit("message.not_collected", messageId, { reason }, { category: "error", severity: "error" }),
});

/** Those that came to speak for a question when another was erased, or whose model is asked no more; yields the questions without a draft. */
async function embedLeaders(ctx: Ctx, chatbotId: string): Promise<Set<string>> {
  const leaders = await leadersToEmbed(ctx, chatbotId, LIMITS.earlierQuestionsMax, LEADERS_PER_RUN);
  for (const { messageId, question, earlier } of leaders) {
    const asked = await ctx.search.embedQuestion(question, earlier, { task: "embed", chatbotId, messageId });
    await ctx.batch([embedLeader(ctx, messageId, asked)]);
  }
  return new Set(leaders.filter(({ drafted }) => !drafted).map((leader) => leader.unansweredQuestionId));
}
