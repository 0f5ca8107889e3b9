import { beforeAll, describe, expect, test } from "vitest";
import { type AnswerEvent, openGateway } from "../../functions/kernel/ai/gateway.ts";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { type Fault, serveBedrock } from "../../scripts/local/bedrock/server.ts";
import { envWith } from "../env.ts";

let server: Awaited<ReturnType<typeof serveBedrock>>;
beforeAll(async () => {
  server = await serveBedrock({ embeddings: "hashing" });
  return server.close;
});

let made = 0;
/** A gateway whose calls go to models of their own, so that no test opens another's circuit. */
function openOne({ alone = false } = {}) {
  const model = `local.first-${made}`;
  const other = `local.second-${made++}`;
  const env = envWith({ BEDROCK_ENDPOINT: server.url });
  const origin = { requestId: crypto.randomUUID(), operation: "test" };
  const ai = openGateway(env, origin, async () => ({ model, fallbackModel: alone ? null : other }));
  const text = { system: "Be brief.", shared: "<document>Tea</document>", prompt: "Tea is ready.", maxTokens: 9 };
  let seen = 0;
  return {
    model,
    other,
    fails: (fault: Fault) => server.faults.push({ model, ...fault }),
    complete: () => ai.complete(text, { task: "summarize" }),
    async converse(signal = new AbortController().signal) {
      const turns = [{ role: "user" as const, blocks: ["Tea is ready. Is tea ready?"] }];
      const told: AnswerEvent[] = [];
      const conversation = { model: null, system: "Be brief.", turns, maxTokens: 99, signal };
      for await (const event of ai.converse(conversation, { task: "answer" })) told.push(event);
      return told;
    },
    /** The models that were asked since this was last looked at, in order. */
    asked() {
      const all = server.asked.filter((one) => one === model || one === other);
      const news = all.slice(seen);
      seen = all.length;
      return news;
    },
  };
}
const modelOf = (told: AnswerEvent[]) => told.flatMap((event) => (event.type === "usage" ? [event.model] : []));

describe.concurrent("where a model is down, its fallback", () => {
  test.each(["throttle", "unavailable"] as const)("writes instead, and says that it did: %s", async (kind) => {
    const { converse, fails, model, other, asked } = openOne();
    fails({ kind, times: -1 });
    expect(modelOf(await converse())).toEqual([other]);
    expect(asked()).toEqual([model, model, other]);
  });

  test("writes instead of one that there is none of, or that does not begin in time", async () => {
    for (const kind of ["unknown-model", "hang"] as const) {
      const { converse, fails, other } = openOne();
      fails({ kind });
      const started = Date.now();
      expect(modelOf(await converse())).toEqual([other]);
      expect(Date.now() - started).toBeLessThan(LIMITS.modelIdleMs);
    }
  });

  test("is asked at once after three failures in a row", async () => {
    const { complete, fails, model, other, asked } = openOne();
    fails({ kind: "unavailable", times: 2 * LIMITS.modelFailuresMax });
    for (let i = 0; i < LIMITS.modelFailuresMax; i++) {
      await complete();
      expect(asked()).toEqual([model, model, other]);
    }
    await complete();
    await complete();
    expect(asked()).toEqual([other, other]);
  });

  test("is not, after failures with a success between", async () => {
    const { complete, fails, model, other, asked } = openOne();
    for (let round = 0; round < 2; round++) {
      fails({ kind: "unavailable", times: 4 });
      for (let i = 0; i < 3; i++) await complete();
      expect(asked()).toEqual([model, model, other, model, model, other, model]);
    }
  });
});

describe.concurrent("no other model is asked", () => {
  test("when something was said already: the stream ends with an error", async () => {
    const { converse, fails, model, asked } = openOne();
    fails({ kind: "mid-stream-error", afterDeltas: 2 });
    await expect(converse()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(asked()).toEqual([model]);
  });

  test("for a prompt that is refused", async () => {
    const { complete, fails, model, asked } = openOne();
    fails({ kind: "validation" });
    await expect(complete()).rejects.toMatchObject({ code: "UNPROCESSABLE" });
    expect(asked()).toEqual([model]);
  });

  test("when whoever asked has left", async () => {
    const { converse, fails, model, asked } = openOne();
    fails({ kind: "hang" });
    await expect(converse(AbortSignal.timeout(100))).rejects.toThrow();
    expect(asked()).toEqual([model]);
  });

  test("where there is none, however often the model failed: it is tried each time", async () => {
    const { complete, fails, model, asked } = openOne({ alone: true });
    fails({ kind: "unavailable", times: -1 });
    for (let i = 0; i <= LIMITS.modelFailuresMax; i++)
      await expect(complete()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(asked()).toEqual(Array(4 * LIMITS.modelAttemptsMax).fill(model));
  });
});
