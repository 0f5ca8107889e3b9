import { newId } from "../../db/columns.ts";
import { rollUpMetrics } from "../../db/queries/usage/daily-metrics.ts";
import type { BenchDatabase } from "./database.ts";
import { round, type Section } from "./section.ts";

const DAYS = 3;
const SECONDS_MAX = 60;
/** Beside what grows with the rows there is what each run costs. */
const PER_DAY_MAX = 1.5;

/** The daily metrics of a tenant's last three days, against counting the same messages by day. */
export async function metrics(
  database: BenchDatabase,
  messages: number,
  onStep: (step: string) => void,
): Promise<Section> {
  const organizationId = newId();
  const { owner } = database;
  onStep(`${messages} messages`);
  await owner.query("insert into organizations (id, name, slug) values ($1, 'Metrics', 'metrics')", [organizationId]);
  await fill(database, organizationId, messages);
  const tenant = database.tenant(organizationId);
  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  const count = () =>
    owner.query(
      `select (created_at at time zone 'UTC')::date as day, role, count(*) from messages where organization_id = $1 group by 1, 2`,
      [organizationId],
    );
  const rollUp = (days: number) => tenant.batch([rollUpMetrics(tenant, days)]);
  await timed(count);
  const [counted, one, all] = [await timed(count), await timed(() => rollUp(1)), await timed(() => rollUp(DAYS))];
  const { rows } = await owner.query<{ days: number; messages: number }>(
    "select count(*)::integer as days, sum(total_messages)::integer as messages from daily_metrics where organization_id = $1",
    [organizationId],
  );
  const [made] = rows;
  if (made?.days !== DAYS || made.messages !== messages)
    throw new Error(`the metrics of ${DAYS} days have ${made?.days} days and ${made?.messages} messages`);
  return {
    title: "Daily metrics",
    notes: [
      `One tenant with ${messages} messages in ${messages / 20} conversations and ${messages / 2} model calls of three days, as many each day; \`roll_up_metrics\` as the job runs it.`,
    ],
    tables: [
      {
        title: "Milliseconds",
        columns: ["", "ms", "of the reference"],
        rows: [
          ["messages counted by day and role", round(counted, 1), 1],
          ["the metrics of one day", round(one, 1), round(one / counted)],
          [`the metrics of ${DAYS} days`, round(all, 1), round(all / counted)],
        ],
      },
    ],
    figures: [
      { name: "metrics of all messages", value: all / 1_000, limit: SECONDS_MAX, atMost: true, unit: " s" },
      {
        name: `a day of ${DAYS}, as a multiple of one alone`,
        value: all / DAYS / one,
        limit: PER_DAY_MAX,
        atMost: true,
      },
    ],
    plots: [],
  };
}

/** Conversations of twenty messages, evenly over the three days, a model call for each answer. */
async function fill({ owner }: BenchDatabase, organizationId: string, messages: number): Promise<void> {
  const idAt = (instant: string) =>
    `(left(uuid_at(${instant})::text, 13) || substr(gen_random_uuid()::text, 14))::uuid`;
  const began = `(date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - make_interval(days => n % ${DAYS}))`;
  await owner.query(
    `insert into conversations (organization_id, id, channel, end_user_id, last_sequence, created_at, last_activity_at)
     select $1, ${idAt(began)}, 'api', 'user ' || n % 5000, 20, ${began}, ${began} + interval '5 minutes' from generate_series(1, $2::integer) n`,
    [organizationId, messages / 20],
  );
  await owner.query(
    `insert into messages (organization_id, id, conversation_id, sequence, role, status, content, processing_time_ms, created_at)
     select $1, ${idAt("c.created_at")}, c.id, n, case n % 2 when 1 then 'user' else 'assistant' end, 'completed', 'What is said here is short.', 800,
       c.created_at + make_interval(secs => n)
     from conversations c, generate_series(1, 20) n where c.organization_id = $1`,
    [organizationId],
  );
  await owner.query(
    `insert into ai_usage (organization_id, id, task, model, message_id, input_tokens, output_tokens, cost_micro_usd, latency_ms, created_at)
     select $1, ${idAt("m.created_at")}, 'answer', 'amazon.nova-lite-v1:0', m.id, 900, 150, 90, 800, m.created_at
     from messages m where m.organization_id = $1 and m.role = 'assistant'`,
    [organizationId],
  );
  await owner.query("analyze conversations, messages, ai_usage");
}
