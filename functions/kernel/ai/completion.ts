import { type BedrockRuntimeClient, type ContentBlock, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { toUsage, type Usage } from "./converse.ts";
import { CACHE_POINT, learnsNoCache, refusesCache } from "./prompt-cache.ts";

/** `shared` goes before the prompt, and is kept by the model between calls that have the same; "" for none. */
export type Completion = { system: string; shared: string; prompt: string; maxTokens: number };

/** What the model's makers put in the place of a text that they withhold. */
const WITHHELD = new Set(["guardrail_intervened", "content_filtered"]);
export const isWithheld = (stopReason: string): boolean => WITHHELD.has(stopReason);

/** One Converse call that is answered whole. A model that keeps nothing between calls is asked again without. */
export async function completeText(
  client: BedrockRuntimeClient,
  model: string,
  completion: Completion,
  signal: AbortSignal,
): Promise<Usage & { text: string; attempts: number; error?: string }> {
  const caches = completion.shared !== "" && !refusesCache(model);
  try {
    const command = toCommand(model, completion, caches);
    const { output, stopReason, usage, $metadata } = await client.send(command, { abortSignal: signal });
    const cost = { ...toUsage(usage ?? {}), attempts: $metadata.attempts ?? 1 };
    if (stopReason && isWithheld(stopReason)) return { ...cost, text: "", error: stopReason };
    return { ...cost, text: output?.message?.content?.map(({ text = "" }) => text).join("") ?? "" };
  } catch (error) {
    if (!caches || !learnsNoCache(model, error)) throw error;
    return completeText(client, model, completion, signal);
  }
}

function toCommand(model: string, { system, shared, prompt, maxTokens }: Completion, caches: boolean) {
  const content: ContentBlock[] = [
    ...(shared ? [{ text: shared.toWellFormed() }] : []),
    ...(caches ? [CACHE_POINT] : []),
    { text: prompt.toWellFormed() },
  ];
  return new ConverseCommand({
    modelId: model,
    system: [{ text: system }],
    messages: [{ role: "user", content }],
    inferenceConfig: { maxTokens, temperature: 0 },
  });
}
