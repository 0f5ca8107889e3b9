import { newId } from "../../db/columns.ts";
import { archiveMessages, archiveUsage } from "../../db/queries/events/maintenance.ts";
import { type ModelCall, recordModelCalls } from "../../db/queries/usage/ai-usage.ts";
import { readUsage } from "../../db/queries/usage/usage.ts";
import { LIMITS } from "../../functions/kernel/limits.ts";
import type { BenchDatabase } from "./database.ts";
import { quantile } from "./measure.ts";
import { round, type Section } from "./section.ts";

const MESSAGES_PER_CONVERSATION = 20;
const REPORTS = 20;
const PAUSE_MS = 5;
const LOCK_MS_MAX = 1_000;
const SHARE_MIN = 0.25;
const REPORT_TIMES_MAX = 1.5;

/** What moves, where to, and how the cron asks for a step of it. */
const MOVES = {
  calls: {
    table: "ai_usage",
    archive: "ai_usage_archive",
    step: ({ db }: BenchDatabase) => archiveUsage(db, LIMITS.callsArchivedAtOnce),
  },
  messages: {
    table: "messages",
    archive: "message_archive",
    step: ({ db }: BenchDatabase) => archiveMessages(db, LIMITS.messagesArchivedAtOnce),
  },
} as const;
type Kind = keyof typeof MOVES;

/**
 * One tenant's calls and messages of long ago move to the archives, by the cron's own steps, while calls are written; against one
 * transaction that copies the same rows of another tenant and then deletes them.
 */
export async function archive(database: BenchDatabase, rowCount: number, onStep: (step: string) => void) {
  const [ours, bare] = [await organization(database), await organization(database)];
  for (const id of [ours, bare]) {
    onStep("rows of long ago");
    await fill(database, id, rowCount);
  }
  await database.owner.query("analyze");
  const before = await reportMs(database, ours);
  const moved = [await move(database, "calls", ours, bare), await move(database, "messages", ours, bare)];
  await database.owner.query("analyze");
  const after = await reportMs(database, ours);
  const section: Section = {
    title: "Archive",
    notes: [
      `${rowCount} calls of a year, ${rowCount} messages in ${rowCount / MESSAGES_PER_CONVERSATION} conversations, and as many calls of the last 90 days as a tenth of that. Ours: steps as the crons take them, over SQL-over-HTTP, while a call is written every ${PAUSE_MS} ms. Bare: \`INSERT … SELECT\` and \`DELETE\` of as many rows in one transaction that nobody disturbs, holding its locks to its end.`,
    ],
    tables: [
      {
        title: "Rows a second, and milliseconds",
        columns: ["what", "ours", "bare", "steps", "step p50", "longest step", "a call is written, p50", "longest"],
        rows: moved.map(({ kind, seconds, bareSeconds, steps, waits }) => [
          kind,
          round(rowCount / seconds, 0),
          round(rowCount / bareSeconds, 0),
          steps.length,
          round(quantile(steps, 0.5), 0),
          round(Math.max(...steps), 0),
          round(quantile(waits, 0.5), 1),
          round(Math.max(...waits), 0),
        ]),
      },
      {
        title: "A report of the last 30 days, p50 in ms",
        columns: ["before", "with the archive"],
        rows: [[round(before, 1), round(after, 1)]],
      },
    ],
    figures: [
      ...moved.flatMap(({ kind, seconds, bareSeconds, steps, waits, astray }) => [
        { name: `${kind}: longest step`, value: Math.max(...steps), limit: LOCK_MS_MAX, atMost: true, unit: " ms" },
        {
          name: `${kind}: longest write meanwhile`,
          value: Math.max(...waits),
          limit: LOCK_MS_MAX,
          atMost: true,
          unit: " ms",
        },
        { name: `${kind}: rows lost or doubled`, value: astray, limit: 0, atMost: true },
        {
          name: `${kind}: as a share of the bare speed`,
          value: bareSeconds / seconds,
          limit: SHARE_MIN,
          atMost: false,
        },
      ]),
      {
        name: "report of 30 days, against before",
        value: after / before,
        limit: REPORT_TIMES_MAX,
        atMost: true,
        unit: " ×",
      },
    ],
    plots: [],
  };
  return section;
}

async function move(database: BenchDatabase, kind: Kind, ours: string, bare: string) {
  const { table, archive, step } = MOVES[kind];
  const bareSeconds = await moveBare(database, table, archive, bare);
  const counted = async () => {
    const { rows } = await database.owner.query<{ live: number; archived: number; different: number }>(
      `select (select count(*) from ${table} where organization_id = $1)::integer as live,
         (select count(*) from ${archive} where organization_id = $1)::integer as archived,
         (select count(distinct id) from (select id from ${table} where organization_id = $1 union all
           select id from ${archive} where organization_id = $1) t)::integer as different`,
      [ours],
    );
    return rows[0]!;
  };
  const { live } = await counted();
  const waits: number[] = [];
  let isMoving = true;
  const writing = (async () => {
    do {
      waits.push(await writeCall(database, ours));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    } while (isMoving);
  })();
  const steps: number[] = [];
  const started = performance.now();
  for (let isLeft = true; isLeft; ) {
    const begun = performance.now();
    isLeft = (await step(database)) > 0;
    steps.push(performance.now() - begun);
  }
  const seconds = (performance.now() - started) / 1000;
  isMoving = false;
  await writing;
  const now = await counted();
  const expected = live + (kind === "calls" ? waits.length : 0);
  const astray = Math.abs(now.live + now.archived - expected) + Math.abs(now.different - expected);
  return { kind, seconds, bareSeconds, steps, waits, astray };
}

async function moveBare({ owner }: BenchDatabase, table: string, archive: string, organizationId: string) {
  const { rows } = await owner.query<{ names: string }>(
    "select string_agg(attname, ', ') as names from pg_attribute where attrelid = $1::regclass and attnum > 0",
    [archive],
  );
  const due = "organization_id = $1 and created_at < now() - interval '90 days'";
  const { names } = rows[0]!;
  const started = performance.now();
  await owner.query("begin");
  await owner.query(`insert into ${archive} (${names}) select ${names} from ${table} where ${due}`, [organizationId]);
  await owner.query(`delete from ${table} where ${due}`, [organizationId]);
  await owner.query("commit");
  return (performance.now() - started) / 1000;
}

/** Milliseconds until a call is in the ledger. */
async function writeCall(database: BenchDatabase, organizationId: string): Promise<number> {
  const tenant = database.tenant(organizationId);
  const tokens = { inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const call: ModelCall = {
    ...{ id: newId(), task: "answer", model: "bench", ...tokens, latencyMs: 900, attempts: 1 },
    ...{ outcome: "succeeded", operation: "message.send", requestId: "bench" },
  };
  const started = performance.now();
  await tenant.batch([recordModelCalls(tenant, [call], [])]);
  return performance.now() - started;
}

async function reportMs(database: BenchDatabase, organizationId: string): Promise<number> {
  const tenant = database.tenant(organizationId);
  const times: number[] = [];
  for (let i = 0; i < REPORTS; i++) {
    await readUsage(tenant, ["day", "model"], {}, {}, LIMITS.usageGroupsMax);
    times.push(database.lastMs());
  }
  return quantile(times, 0.5);
}

async function organization({ owner }: BenchDatabase): Promise<string> {
  const id = newId();
  await owner.query("insert into organizations (id, name, slug) values ($1::uuid, 'Bench', 'bench-' || $1::uuid)", [
    id,
  ]);
  return id;
}

/** UUIDv7s of the instant `t`. */
const idAt = "(left(uuid_at(t)::text, 13) || '-7' || substr(gen_random_uuid()::text, 16))::uuid";

async function fill({ owner }: BenchDatabase, organizationId: string, rowCount: number): Promise<void> {
  for (const log of ["ai_usage", "ai_usage_archive", "message_archive"])
    await owner.query(
      `select make_month($1, month_of(uuid_at(now() - make_interval(months => n)))) from generate_series(1, 16) n`,
      [log],
    );
  const calls = `insert into ai_usage (organization_id, id, task, model, end_user_id, input_tokens, output_tokens, cost_micro_usd, latency_ms, request_id, created_at)
    select $1, ${idAt}, 'answer', 'bench', 'user-' || n % 1000, 1000, 200, 6000, 900, 'bench', t`;
  await owner.query(
    `${calls} from (select n, now() - interval '91 days' - n * interval '365 days' / $2::integer as t from generate_series(1, $2::integer) n) s`,
    [organizationId, rowCount],
  );
  await owner.query(
    `${calls} from (select n, now() - n * interval '80 days' / $2::integer as t from generate_series(1, $2::integer) n) s`,
    [organizationId, rowCount / 10],
  );
  await owner.query(
    `insert into conversations (organization_id, id, channel, last_sequence, status, ended_at, last_activity_at, created_at)
     select $1, ${idAt}, 'web', $3, 'expired', t, t, t
     from (select now() - interval '91 days' - n * interval '365 days' / $2::integer as t from generate_series(1, $2::integer) n) s`,
    [organizationId, rowCount / MESSAGES_PER_CONVERSATION, MESSAGES_PER_CONVERSATION],
  );
  await owner.query(
    `insert into messages (organization_id, id, conversation_id, sequence, role, content, created_at)
     select $1, ${idAt}, id, n, case when n % 2 = 1 then 'user' else 'assistant' end, repeat('What was said in it. ', 20), t
     from (select id, created_at as t from conversations where organization_id = $1) c cross join generate_series(1, $2) n`,
    [organizationId, MESSAGES_PER_CONVERSATION],
  );
}
