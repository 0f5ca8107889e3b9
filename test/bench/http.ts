import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "../../db/columns.ts";
import { insertApiKey } from "../../db/queries/tenancy/api-key.ts";
import { newApiKey } from "../../functions/kernel/auth/api-key.ts";
import { USER_SCOPES } from "../../functions/kernel/auth/scopes.ts";
import { startStack } from "../../scripts/local/stack.ts";
import type { BenchDatabase } from "./database.ts";
import type { Material } from "./growth.ts";
import { milliseconds, quantile, takeTurns } from "./measure.ts";
import { openOurs } from "./ours.ts";
import { round, type Section } from "./section.ts";
import type { Encoding } from "./vectors.ts";

const LIMIT = 10;
const OF_SQL_MAX = 2;

/** `POST /v1/search` of the running worker against its statement alone, for questions that were asked before. */
export async function http(
  database: BenchDatabase,
  organizationId: string,
  material: Material,
  encoding: Encoding,
): Promise<Section> {
  const outdir = mkdtempSync(join(tmpdir(), "edgelore-bench-"));
  const stack = await startStack({ databaseUrl: database.url, outdir, bedrock: encoding });
  try {
    const { secret, prefix, hash } = await newApiKey();
    const tenant = database.tenant(organizationId);
    await insertApiKey(tenant, { id: newId(), name: "Bench", prefix, hash, scopes: [...USER_SCOPES] }, []);
    const ours = openOurs(database, organizationId);
    await ours.remember(material.asked);
    const post = async (question: number) => {
      const started = performance.now();
      const before = stack.neon!.requests();
      const response = await fetch(`${stack.url}/v1/search`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify({
          query: material.asked[question]!.text,
          syntax: "plain",
          limit: LIMIT,
          corpora: ["document_chunk"],
        }),
      });
      if (!response.ok) throw new Error(`POST /v1/search: ${response.status} ${await response.text()}`);
      const { results } = (await response.json()) as { results: { id: string }[] };
      return {
        ms: performance.now() - started,
        ids: results.map(({ id }) => id),
        requests: stack.neon!.requests() - before,
      };
    };
    for (let question = 0; question < material.asked.length; question++) await post(question);
    const requests: number[] = [];
    const taken = await takeTurns(
      {
        async http(question: number) {
          const asked = await post(question);
          requests.push(asked.requests);
          return asked;
        },
        async sql(question: number) {
          const asked = await ours.search({ text: material.asked[question]!.text, mode: "hybrid", limit: LIMIT });
          return { ...asked, ms: asked.statementMs };
        },
      },
      material.asked.length,
    );
    if (taken.http.every(({ ids }) => ids.length === 0)) throw new Error("the search over HTTP found nothing");
    const [whole, sql] = [milliseconds(taken.http), milliseconds(taken.sql)];
    return {
      title: "One search over HTTP",
      notes: [
        "The worker in workerd, SQL over HTTP by the stand-in of Neon's proxy, all on this machine. SQL: the same statement as `edgelore_app`, `begin` to `commit`.",
      ],
      tables: [
        {
          title: "A question asked before, ms",
          columns: ["way", "p50", "p95"],
          rows: [
            ["`POST /v1/search`", round(whole.p50), round(whole.p95)],
            ["its SQL", round(sql.p50), round(sql.p95)],
          ],
        },
      ],
      figures: [
        { name: "HTTP, p50 as a multiple of the SQL", value: whole.p50 / sql.p50, limit: OF_SQL_MAX, atMost: true },
        // The median: the worker's crons ask the same database meanwhile.
        { name: "requests to the database a search", value: quantile(requests, 0.5), limit: 1, atMost: true },
      ],
      plots: [],
    };
  } finally {
    await stack.close();
    rmSync(outdir, { recursive: true, force: true });
  }
}
