import { sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../db/client.ts";
import { newId } from "../../db/columns.ts";
import { insertBudget, reserveCall } from "../../db/queries/usage/budget.ts";
import { bedrock } from "../../functions/kernel/ai/bedrock.ts";
import { streamAnswer } from "../../functions/kernel/ai/converse.ts";
import { type Ai, openGateway } from "../../functions/kernel/ai/gateway.ts";
import { serveBedrock } from "../../scripts/local/bedrock/server.ts";
import { envWith } from "../env.ts";
import type { BenchDatabase } from "./database.ts";
import { quantile, takeTurns } from "./measure.ts";
import { round, type Section } from "./section.ts";

const MODEL = "local.extractive-v1";
const HELD_SECONDS = 60;

/** A model's answer with the ledger and a hard budget, against the same without either. Both end with one batch, as an answer does that is stored. */
export async function ledger(database: BenchDatabase, calls: number): Promise<Section> {
  const organizationId = newId();
  await database.owner.query("insert into organizations (id, name, slug) values ($1, 'Ledger', 'ledger')", [
    organizationId,
  ]);
  const tenant = database.tenant(organizationId);
  const budget = { subjectType: "organization", period: "month", unit: "tokens", enforcement: "hard" } as const;
  await insertBudget(tenant, { id: newId(), limit: 1_000_000_000, ...budget }, []);
  const server = await serveBedrock({ embeddings: "hashing" });
  try {
    const ways = openWays(database, tenant, server.url);
    const taken: Record<keyof typeof ways, Answered[]> = { bare: [], ledger: [] };
    const note = async (name: keyof typeof ways) => {
      const answered = await ways[name]();
      taken[name].push(answered);
      return { ms: answered.wholeMs, ids: [] };
    };
    await quietly(() => takeTurns({ bare: () => note("bare"), ledger: () => note("ledger") }, calls));
    const median = (name: keyof typeof ways, field: keyof Answered) =>
      quantile(
        taken[name].map((answered) => answered[field]),
        0.5,
      );
    const fields = ["firstMs", "wholeMs", "requestsBefore", "requests"] as const;
    const row = (what: string, name: keyof typeof ways) => [what, ...fields.map((field) => round(median(name, field)))];
    const more = (field: keyof Answered) => median("ledger", field) - median("bare", field);
    return {
      title: "What the ledger costs a model call",
      notes: [
        `The stand-in of Bedrock answers at once, so the times are what is beside the model: of a model that begins after 300 ms the first token comes ${round(1 + more("firstMs") / 300, 3)} × as late.`,
      ],
      tables: [
        {
          title: `${calls} answers each, medians`,
          columns: ["", "first token, ms", "whole, ms", "requests before the first token", "requests in all"],
          rows: [
            row("the model alone, and what is stored of its answer", "bare"),
            row("reserved, and its row with what is stored", "ledger"),
          ],
        },
      ],
      figures: [
        {
          name: "requests to the database before the first token",
          value: more("requestsBefore"),
          limit: 1,
          atMost: true,
        },
        { name: "requests to the database more, in all", value: more("requests"), limit: 1, atMost: true },
      ],
      plots: [],
    };
  } finally {
    await server.close();
  }
}

type Answered = { firstMs: number; wholeMs: number; requestsBefore: number; requests: number };

/** Without the log of each call, which is the worker's. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  const { info } = console;
  console.info = () => undefined;
  await work().finally(() => Object.assign(console, { info }));
}

function openWays(database: BenchDatabase, tenant: Tenant, endpoint: string) {
  const env = envWith({ DATABASE_URL: database.appUrl, BEDROCK_ENDPOINT: endpoint });
  const { signal } = new AbortController();
  const turns = [{ role: "user" as const, blocks: ["Tea is ready at nine. When is tea ready?"] }];
  const conversation = { model: MODEL, system: "Be brief.", turns, maxTokens: 100, signal };
  /** Of one answer: how long and how many requests until its first token and until it is stored. */
  async function timed(stream: AsyncGenerator<{ type: string }>, also: () => Statement[]): Promise<Answered> {
    const began = performance.now();
    const requests = database.requests();
    let firstMs = 0;
    let requestsBefore = 0;
    for await (const { type } of stream)
      if (type === "text" && firstMs === 0) {
        firstMs = performance.now() - began;
        requestsBefore = database.requests() - requests;
      }
    await tenant.batch([tenant.db.execute(sql`select 1`), ...also()]);
    return {
      firstMs,
      wholeMs: performance.now() - began,
      requestsBefore,
      requests: database.requests() - requests,
    };
  }
  return {
    bare: () => timed(streamAnswer(bedrock(env), MODEL, conversation), () => []),
    ledger: () => {
      const origin = { requestId: newId(), operation: "message.send" };
      const ai: Ai = openGateway(env, origin, (wanted) => reserveCall(tenant, wanted, HELD_SECONDS));
      return timed(ai.converse(conversation, { task: "answer" }), () => ai.pending(tenant));
    },
  };
}
