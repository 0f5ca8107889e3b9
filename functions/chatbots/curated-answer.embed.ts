import { wordingsToEmbed } from "../../db/queries/chatbots/curated-answer.ts";
import { cacheEmbeddings } from "../../db/search-entries.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";

const CACHE_DAYS = 7;

/** Gives a curated answer's wordings, or after a change of model all, an embedding by each model; until then they are found by their words. */
export const embedCuratedAnswers = job({
  kind: "curated-answer.embed",
  async run(ctx, subjectId) {
    const waiting = await wordingsToEmbed(ctx, subjectId, LIMITS.chunksPerEmbeddingJob);
    const [first] = waiting;
    if (!first) return [];
    const texts = waiting.map(({ text }) => text.slice(-LIMITS.embeddingCharsMax));
    const vectors = await ctx.ai.embed(texts, { task: "embed" }, { model: first.model, input: "query" });
    const rows = waiting.map(({ textHash }, index) => ({ textHash, embedding: vectors[index]! }));
    await ctx.batch([cacheEmbeddings(ctx, first.model, rows, CACHE_DAYS), ...ctx.ai.pending(ctx)]);
    return "again";
  },
  failed: (ctx, subjectId, reason) =>
    ctx.emit("curated-answer.not_embedded", subjectId, { reason }, { category: "error", severity: "error" }),
});
