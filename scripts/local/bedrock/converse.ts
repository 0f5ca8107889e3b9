import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { sendJson } from "../faults.ts";
import { event, exception } from "./eventstream.ts";
import { breakOff } from "./listener.ts";
import type { Ending, Speech } from "./speech.ts";

export type StreamFault = { kind: string; afterDeltas?: number; delayMs?: number };

function describeEnding({ inputTokens, outputTokens }: Ending, startedAt: number) {
  return {
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
    metrics: { latencyMs: Math.round(performance.now() - startedAt) },
  };
}

export async function sendWhole(response: ServerResponse, speech: Speech): Promise<void> {
  const startedAt = performance.now();
  let text = "";
  let step = await speech.next();
  for (; !step.done; step = await speech.next()) text += step.value;
  const output = { message: { role: "assistant", content: [{ text }] } };
  sendJson(response, 200, { output, stopReason: step.value.stopReason, ...describeEnding(step.value, startedAt) });
}

/** A fault comes after `afterDeltas` deltas, or before the end of an answer that has fewer. */
export async function sendStream(response: ServerResponse, speech: Speech, fault?: StreamFault): Promise<void> {
  const startedAt = performance.now();
  const write = (frame: Uint8Array) => response.write(frame);
  let isGone = false;
  response.on("close", () => {
    isGone = true;
  });
  // The first piece before the first byte: what fails until then is still a plain error status.
  let step = await speech.next();
  response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
  write(event("messageStart", { role: "assistant" }));
  const faultAt = fault && fault.kind !== "slow" ? (fault.afterDeltas ?? 1) : Infinity;
  for (let deltas = 0; !step.done && deltas < faultAt; deltas++) {
    if (fault?.kind === "slow") await sleep(fault.delayMs ?? 100);
    if (isGone) return void (await speech.return(undefined as never));
    const frame = event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: step.value } });
    if (!write(frame))
      await Promise.race(["drain", "close"].map((name) => new Promise((resolve) => response.once(name, resolve))));
    step = await speech.next();
  }
  if (faultAt < Infinity) return fail(response, fault!);
  if (!step.done) return;
  write(event("contentBlockStop", { contentBlockIndex: 0 }));
  write(event("messageStop", { stopReason: step.value.stopReason }));
  response.end(event("metadata", describeEnding(step.value, startedAt)));
}

function fail(response: ServerResponse, { kind }: StreamFault): void {
  if (kind === "mid-stream-throttle") {
    response.end(exception("throttlingException", "Too many tokens, please wait before trying again."));
  } else if (kind === "mid-stream-error") {
    response.end(exception("modelStreamErrorException", "The model failed in the middle of its answer."));
  } else if (kind === "truncate") {
    const frame = event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "cut off" } });
    response.write(frame.subarray(0, frame.length >> 1), () => breakOff(response));
  }
  // What is left is "hang": nothing more is said, and nothing ends.
}
