import {
  type BedrockRuntimeClient,
  ConverseStreamCommand,
  type ConverseStreamCommandOutput,
  type ConverseStreamOutput,
} from "@aws-sdk/client-bedrock-runtime";
import { LIMITS } from "../limits.ts";
import { CACHE_POINT, keepsPrompts, learnsNoCache } from "./prompt-cache.ts";
import { countTokens } from "./tokens.ts";

export type Turn = {
  role: "user" | "assistant";
  /** Texts: what was retrieved stands in blocks of its own. */
  blocks: string[];
};
export type Conversation = {
  /** A model's id or tier; without one, the route of the task. */
  model: string | null;
  system: string;
  turns: Turn[];
  maxTokens: number;
  temperature?: number;
  topP?: number;
  signal: AbortSignal;
};
export type Usage = { inputTokens: number; outputTokens: number; cacheReadTokens: number; cacheWriteTokens: number };
export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
export type ModelEvent =
  | { type: "text"; text: string }
  | {
      type: "usage";
      usage: Usage;
      attempts: number;
      /** Whether it stopped where `maxTokens` ended. */
      isCut: boolean;
    };

/** All that a model reads of it. */
export const textsOf = ({ system, turns }: Pick<Conversation, "system" | "turns">): string[] => [
  system,
  ...turns.flatMap(({ blocks }) => blocks),
];

/** An estimate for a stream that broke off before it told its usage: what was said is billed all the same. */
export const usageUntold = (conversation: Conversation, said: string): Usage =>
  said === ""
    ? NO_USAGE
    : {
        ...NO_USAGE,
        inputTokens: countTokens(textsOf(conversation).join("\n")),
        outputTokens: countTokens(said),
      };

/**
 * A Converse stream as text and usage. Ends with an error when nothing comes in the time in which it has to begin, or later for
 * `modelIdleMs`, or the stream breaks off.
 */
export async function* streamAnswer(
  client: BedrockRuntimeClient,
  model: string,
  conversation: Conversation,
  beginsWithinMs: number = LIMITS.modelIdleMs,
): AsyncGenerator<ModelEvent> {
  const idle = new AbortController();
  const signal = AbortSignal.any([conversation.signal, idle.signal]);
  const watch = watchdog(beginsWithinMs, () => idle.abort(new Error("The model fell silent.")));
  try {
    const { stream, $metadata } = await send(client, model, conversation, signal);
    if (!stream) throw new Error("The model sent no stream.");
    let stopReason: string | undefined;
    for await (const event of until(stream, signal)) {
      watch.seen();
      const text = event.contentBlockDelta?.delta?.text;
      if (text) yield { type: "text", text };
      stopReason ??= event.messageStop?.stopReason;
      if (event.metadata?.usage)
        yield {
          type: "usage",
          usage: toUsage(event.metadata.usage),
          attempts: $metadata.attempts ?? 1,
          isCut: stopReason === "max_tokens",
        };
    }
    if (stopReason === undefined) throw new Error("The model's stream ended in the middle.");
  } finally {
    watch.end();
  }
}

/** The system prompt is the same for every question of a chatbot: a model that can keeps it. */
async function send(
  client: BedrockRuntimeClient,
  model: string,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<ConverseStreamCommandOutput> {
  const caches = keepsPrompts(model);
  try {
    return await client.send(new ConverseStreamCommand(toCommand(model, conversation, caches)), {
      abortSignal: signal,
    });
  } catch (error) {
    if (!caches || !learnsNoCache(model, error)) throw error;
    return send(client, model, conversation, signal);
  }
}

/** The stream's events until the signal; a stream that hangs does not notice the signal by itself. */
async function* until(stream: AsyncIterable<ConverseStreamOutput>, signal: AbortSignal) {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => undefined);
  const iterator = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), aborted]);
    if (next.done) return;
    yield next.value;
  }
}

function watchdog(beginsWithinMs: number, bark: () => void) {
  let timer = setTimeout(bark, beginsWithinMs);
  return {
    seen() {
      clearTimeout(timer);
      timer = setTimeout(bark, LIMITS.modelIdleMs);
    },
    end: () => clearTimeout(timer),
  };
}

const toCommand = (model: string, { system, turns, maxTokens, temperature, topP }: Conversation, caches: boolean) => ({
  modelId: model,
  system: [{ text: system }, ...(caches ? [CACHE_POINT] : [])],
  messages: turns.map(({ role, blocks }) => ({ role, content: blocks.map((text) => ({ text: text.toWellFormed() })) })),
  inferenceConfig: {
    maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
  },
});

/** Bedrock's inputTokens exclude what came from the cache. */
export const toUsage = (usage: {
  inputTokens?: number;
  outputTokens?: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
}): Usage => ({
  inputTokens: usage.inputTokens ?? 0,
  outputTokens: usage.outputTokens ?? 0,
  cacheReadTokens: usage.cacheReadInputTokens ?? 0,
  cacheWriteTokens: usage.cacheWriteInputTokens ?? 0,
});
