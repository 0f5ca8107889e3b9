import { messagesToEmbed, saveMessageVectors } from "../../db/queries/conversations/message-vectors.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";

const AT_ONCE = {
  newest: LIMITS.messagesEmbeddedMax,
  forgotten: LIMITS.vectorsPerCleaning,
  embedded: LIMITS.textsEmbeddedAhead,
  charsEach: LIMITS.embeddingCharsMax,
};

/** Gives an organization's newest messages a vector by each of its models, some at a time, if it wants them; and takes away those of no use. */
export const embedMessages = job({
  kind: "message.embed",
  async run(ctx) {
    const { forgotten, waiting } = await messagesToEmbed(ctx, AT_ONCE);
    const [first] = waiting;
    if (!first) return forgotten > 0 ? "again" : [];
    // Kept some at a time, that an outage loses few which were paid for.
    for (let from = 0; from < waiting.length; from += LIMITS.chunksPerEmbeddingJob) {
      const some = waiting.slice(from, from + LIMITS.chunksPerEmbeddingJob);
      const texts = some.map(({ text }) => text);
      const embeddings = await ctx.ai.embed(texts, { task: "embed" }, { model: first.model, input: "document" });
      const vectors = some.map(({ id }, index) => ({ id, embedding: embeddings[index]! }));
      await ctx.batch([saveMessageVectors(ctx, first.model, vectors), ...ctx.ai.pending(ctx)]);
    }
    return "again";
  },
  failed: (ctx, organizationId, reason) =>
    ctx.emit(
      "organization.messages_not_embedded",
      organizationId,
      { reason },
      { category: "error", severity: "error" },
    ),
});
