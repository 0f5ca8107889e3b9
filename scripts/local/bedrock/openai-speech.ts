import { ServiceError } from "./errors.ts";
import { type ConverseBody, textOf } from "./prompt.ts";
import type { Speech } from "./speech.ts";
import { countTokens } from "./tokens.ts";

type Chunk = {
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
};

/** The same conversation told to an OpenAI-compatible server, such as llama.cpp or Ollama on this machine. */
export async function* speakByForwarding(
  baseUrl: string,
  model: string,
  body: ConverseBody,
  signal: AbortSignal,
): Speech {
  const { maxTokens, temperature, topP, stopSequences } = body.inferenceConfig ?? {};
  const system = textOf(body.system ?? []);
  const messages = body.messages.map(({ role, content }) => ({ role, content: textOf(content) }));
  const response = await fetch(`${baseUrl.replace(/\/$/, "")}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model,
      messages: system ? [{ role: "system", content: system }, ...messages] : messages,
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: maxTokens,
      temperature,
      top_p: topP,
      stop: stopSequences,
    }),
    signal,
  }).catch((error) => {
    throw new ServiceError("ServiceUnavailableException", `${baseUrl} does not answer: ${error}`);
  });
  if (!response.ok || !response.body) {
    const type = response.status === 429 ? "ThrottlingException" : "ServiceUnavailableException";
    throw new ServiceError(type, `${baseUrl} answered ${response.status}: ${await response.text()}`);
  }
  const ending = { stopReason: "end_turn" as "end_turn" | "max_tokens", inputTokens: 0, outputTokens: 0 };
  let said = "";
  for await (const { choices, usage } of chunks(response.body)) {
    const { delta, finish_reason } = choices?.[0] ?? {};
    if (finish_reason === "length") ending.stopReason = "max_tokens";
    if (usage) Object.assign(ending, { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens });
    if (!delta?.content) continue;
    said += delta.content;
    yield delta.content;
  }
  // Not every such server counts.
  ending.inputTokens ||= countTokens(system + messages.map(({ content }) => content).join("\n"));
  ending.outputTokens ||= countTokens(said);
  return ending;
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Chunk> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const data = line.startsWith("data:") ? line.slice(5).trim() : "";
      if (data && data !== "[DONE]") yield JSON.parse(data);
    }
  }
}
