import type { MODEL_TIERS, Task } from "../../../db/words.ts";
import type { Env } from "../env.ts";

/** The models that the operator's tiers stand for. */
export const tiersOf = (env: Env): Record<(typeof MODEL_TIERS)[number], string> => ({
  opus: env.OPUS_MODEL,
  sonnet: env.SONNET_MODEL,
  haiku: env.HAIKU_MODEL,
});

/** A tier's model; anything else is a model's own id. */
export const modelOf = (env: Env, name: string): string => (tiersOf(env) as Record<string, string>)[name] ?? name;

/** What does a task where the organization routes it nowhere else. */
export const defaultModels = (env: Env): Record<Task, string> => ({
  answer: env.CHAT_MODEL,
  analyze: env.CHAT_MODEL,
  judge: env.CHAT_MODEL,
  rewrite: env.UTILITY_MODEL,
  summarize: env.UTILITY_MODEL,
  rerank: env.RERANK_MODEL,
  ocr: env.OCR_MODEL,
  embed: env.EMBEDDING_MODEL,
});
