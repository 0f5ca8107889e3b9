import {
  connect,
  type Db,
  enterOrganization,
  type Opening,
  openTenant,
  type Statement,
  type Tenant,
  textOf,
} from "../../db/client.ts";
import { endpointsTold, insertEvent, type NewEvent } from "../../db/queries/events/event.ts";
import { enqueuedId, enqueueJob } from "../../db/queries/events/job.ts";
import { type Authenticated, authenticatedBy } from "../../db/queries/tenancy/authentication.ts";
import { reserveCall } from "../../db/queries/usage/budget.ts";
import { type Ai, openGateway } from "./ai/gateway.ts";
import type { Credentials } from "./auth/caller.ts";
import type { Scope } from "./auth/scopes.ts";
import type { Cron } from "./cron.ts";
import type { Env } from "./env.ts";
import { describe } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { log } from "./log.ts";
import { openSearch, type Search } from "./retrieval/search.ts";

export type Caller = Authenticated & { kind: "key" | "member" | "system" };
/** Which jobs follow an event, and under `*` those of each webhook endpoint that is told of one; written on one page, `reactions.ts`. */
export type Reactions = Readonly<Record<string, readonly string[]>>;
export type Platform = {
  env: Env;
  reactions: Reactions;
  crons: readonly Cron[];
  waitUntil: (work: Promise<unknown>) => void;
};
/** What was waited for the longest so far, if it was long: the statements of one batch, and for how long. */
export type SlowQuery = { statement: string; ms: number };
/** Where an operation comes from: the endpoint or job, and who sent it. */
export type Origin = { requestId: string; operation: string; ipAddress?: string | null; userAgent?: string | null };

/** What an operation gets: its tenant's database and everything else it may touch. It never sees HTTP. */
export type Ctx = Tenant & {
  readonly env: Env;
  readonly requestId: string;
  readonly ai: Ai;
  readonly search: Search;
  readonly files: R2Bucket;
  /** What the platform does on a schedule. */
  readonly crons: readonly Cron[];
  slowQuery(): SlowQuery | undefined;
  /** Who calls; asks the database if no batch has yet. */
  identify(): Promise<Caller>;
  /** The statements that tell an event and enqueue the jobs which follow it, for the batch in which it happens. */
  emit(type: `${string}.${string}`, resourceId: string, data?: NewEvent["data"], more?: Partial<NewEvent>): Statement[];
  /** Sends the wake-up calls of jobs that are due. */
  wake(jobIds: readonly string[]): Promise<void>;
};

type Entry = {
  db: Db;
  opening: (hooks: Pick<Opening, "committed" | "timed">) => Opening;
  identify: (ctx: Tenant) => Promise<Caller>;
  /** Tells callers apart, and is known before the database is asked. */
  askedBy: string;
};

export const connectWith = (env: Env): Db =>
  connect(env.DATABASE_URL, { endpoint: env.DATABASE_ENDPOINT, timeoutMs: LIMITS.databaseTimeoutMs });

/** The context of a request: its first batch authenticates, the following ones enter the organization found then. */
export function requestContext(platform: Platform, origin: Origin, credentials: Credentials, scope: Scope | null): Ctx {
  const db = connectWith(platform.env);
  let caller: Caller | undefined;
  return buildContext(platform, origin, {
    db,
    opening: (hooks) => ({
      statements: () => [
        caller
          ? enterOrganization(db, caller.organizationId, { kind: caller.kind, id: caller.callerId })
          : credentials.statement(db, scope),
      ],
      opened: ([first]) => {
        caller ??= { ...authenticatedBy(first), kind: credentials.kind };
      },
      ...hooks,
    }),
    async identify(tenant) {
      if (!caller) await tenant.batch([]);
      return caller as Caller;
    },
    askedBy: credentials.fingerprint,
  });
}

/** The context of a job: each batch proves in the end that the lease is still held. */
export function jobContext(platform: Platform, origin: Origin, organizationId: string, hold: () => Statement): Ctx {
  const db = connectWith(platform.env);
  const caller: Caller = {
    organizationId,
    callerId: origin.requestId,
    role: null,
    scopes: null,
    kind: "system",
  };
  return buildContext(platform, origin, {
    db,
    opening: (hooks) => ({
      statements: () => [enterOrganization(db, organizationId, { kind: "system", id: null })],
      closing: () => [hold()],
      ...hooks,
    }),
    identify: async () => caller,
    askedBy: organizationId,
  });
}

function buildContext({ env, reactions, crons, waitUntil }: Platform, origin: Origin, entry: Entry): Ctx {
  const enqueued = new WeakSet<Statement>();
  const ai = openGateway(env, origin, (wanted) => reserveCall(tenant, wanted, LIMITS.reservationSeconds));
  let slowest: SlowQuery | undefined;
  const hooks: Pick<Opening, "committed" | "timed"> = {
    async committed(statements, results) {
      ai.committed(statements, results);
      const ids = statements.flatMap((statement, index) =>
        enqueued.has(statement) ? [enqueuedId(results[index])] : [],
      );
      await wakeJobs(env, ids, origin.requestId);
      const endpoints = endpointsTold(statements, results);
      if (endpoints.length > 0) waitUntil(wakeEndpoints(endpoints));
    },
    timed(statements, ms) {
      if (ms < LIMITS.slowQueryMs || statements.length === 0) return;
      const statement = statements.map(textOf).join("; ").slice(0, LIMITS.slowQueryCharsMax);
      log("warn", "slow query", { requestId: origin.requestId, ms, statement });
      if (ms > (slowest?.ms ?? 0)) slowest = { statement, ms };
    },
  };
  const tenant: Tenant = openTenant(entry.db, entry.opening(hooks));
  /** After the commit and on its own, so that who tells something waits for nobody who tells the same endpoint. */
  async function wakeEndpoints(endpointIds: string[]): Promise<void> {
    try {
      const { organizationId } = await entry.identify(tenant);
      const enter = () => [enterOrganization(entry.db, organizationId, { kind: "system", id: null })];
      const jobs = endpointIds.flatMap((id) => (reactions["*"] ?? []).map((kind) => enqueueJob(tenant, kind, id)));
      const enqueued = await openTenant(entry.db, { statements: enter }).batch(jobs);
      await wakeJobs(env, enqueued.map(enqueuedId), origin.requestId);
    } catch (error) {
      log("warn", "webhooks were not woken, the sweep will", { requestId: origin.requestId, error: describe(error) });
    }
  }
  /** Its queue message is sent when the batch has committed. */
  const enqueue = (kind: string, subjectId: string) => {
    const statement = enqueueJob(tenant, kind, subjectId);
    enqueued.add(statement);
    return statement;
  };
  return {
    ...tenant,
    env,
    requestId: origin.requestId,
    ai,
    search: openSearch(tenant, ai, entry.askedBy),
    files: env.FILES,
    crons,
    slowQuery: () => slowest,
    identify: () => entry.identify(tenant),
    wake: (jobIds) => wakeJobs(env, jobIds, origin.requestId),
    emit: (type, resourceId, data, more) => [
      insertEvent(tenant, { ...origin, type, resourceType: type.split(".")[0]!, resourceId, data, ...more }),
      ...(reactions[type] ?? []).map((kind) => enqueue(kind, resourceId)),
    ],
  };
}

/** Sends the wake-up calls. A lost one is no loss: the row is due, and the sweep finds it, as all that the queue cannot hold back so long. */
export async function wakeJobs(env: Env, ids: readonly string[], requestId: string, delaySeconds = 0): Promise<void> {
  if (ids.length === 0 || delaySeconds > LIMITS.queueDelaySecondsMax) return;
  try {
    await env.JOBS.sendBatch(ids.map((jobId) => ({ body: { jobId }, delaySeconds })));
  } catch (error) {
    log("warn", "wake-up calls were not sent, the sweep will", { requestId, jobs: ids.length, error: describe(error) });
  }
}
