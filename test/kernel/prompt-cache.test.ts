import type { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, test } from "vitest";
import { streamAnswer } from "../../functions/kernel/ai/converse.ts";

const SYSTEM = "You answer from sources.";
const MARK = { cachePoint: { type: "default" } };

/** What a model is sent as its system prompt, and what it does with it. */
function model(refusesMarks: boolean) {
  const sent: unknown[] = [];
  const send = async ({ input }: ConverseStreamCommand) => {
    sent.push(input.system);
    if (refusesMarks && input.system!.length > 1) throw new Error("This model does not support prompt caching.");
    const events = [
      { contentBlockDelta: { delta: { text: "Yes." } } },
      { messageStop: { stopReason: "end_turn" } },
      { metadata: { usage: { inputTokens: 1, outputTokens: 1, cacheReadInputTokens: 7 } } },
    ];
    return {
      $metadata: {},
      stream: (async function* () {
        yield* events;
      })(),
    };
  };
  return { client: { send } as unknown as BedrockRuntimeClient, sent };
}

async function ask(client: BedrockRuntimeClient, name: string) {
  const turns = [{ role: "user" as const, blocks: ["Is tea ready?"] }];
  const conversation = { model: name, system: SYSTEM, turns, maxTokens: 10, signal: new AbortController().signal };
  const told = [];
  for await (const event of streamAnswer(client, name, conversation)) told.push(event);
  return told;
}

describe("a system prompt", () => {
  test("is marked to be kept after its end, where the model keeps prompts, and what was kept is counted", async () => {
    const { client, sent } = model(false);
    const told = await ask(client, "us.anthropic.claude-haiku-4-5-20251001-v1:0");
    expect(sent).toEqual([[{ text: SYSTEM }, MARK]]);
    expect(told.at(-1)).toMatchObject({ usage: { cacheReadTokens: 7 } });
  });

  test("is not marked for any other model", async () => {
    const { client, sent } = model(false);
    await ask(client, "meta.llama3-3-70b-instruct-v1:0");
    expect(sent).toEqual([[{ text: SYSTEM }]]);
  });

  test("of a model that refuses marks is sent without, from then on at once", async () => {
    const { client, sent } = model(true);
    for (const _ of [1, 2]) expect(await ask(client, "amazon.nova-old-v1:0")).toHaveLength(2);
    expect(sent).toEqual([[{ text: SYSTEM }, MARK], [{ text: SYSTEM }], [{ text: SYSTEM }]]);
  });
});
