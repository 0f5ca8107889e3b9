import { sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";

export type IdempotencyClaim = {
  /** `new`: run it. `done`: it ran, with `status`. `running`, `mismatch`: refuse. `recovered`: its worker died; it may have run. */
  state: "new" | "done" | "running" | "mismatch" | "recovered";
  resultId: string;
  status: number | null;
};

/** Exactly one of any number of concurrent requests with a key gets `new` or `recovered`. */
export async function claimIdempotencyKey(
  tenant: Tenant,
  claim: { key: string; fingerprint: string; resultId: string; lockMs: number },
): Promise<IdempotencyClaim> {
  const lockedUntil = sql`now() + make_interval(secs => ${claim.lockMs / 1000})`;
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<IdempotencyClaim>(sql`
      with before as (
        select * from idempotency_keys where key = ${claim.key}),
      claimed as (
        insert into idempotency_keys (key, fingerprint, result_id, locked_until)
        values (${claim.key}, ${claim.fingerprint}::bytea, ${claim.resultId}, ${lockedUntil})
        on conflict (organization_id, key) do update set locked_until = ${lockedUntil}
          where idempotency_keys.fingerprint = excluded.fingerprint and idempotency_keys.status is null
            and idempotency_keys.locked_until <= now()
        returning result_id, xmax = 0 as is_new),
      after as (
        select result_id, case when is_new then 'new' else 'recovered' end as state, null::integer as status from claimed
        union all
        select b.result_id, case when b.fingerprint <> ${claim.fingerprint}::bytea then 'mismatch'
          when b.status is not null then 'done' else 'running' end, b.status
        from before b where not exists (select from claimed)
        union all
        select ${claim.resultId}, 'running', null where not exists (select from claimed) and not exists (select from before))
      select state, result_id as "resultId", status from after`),
  ]);
  return rows[0]!;
}

/** From now on the key answers with what was made. */
export const finishIdempotencyKey = (tenant: Tenant, key: string, status: number) =>
  tenant.batch([tenant.db.execute(sql`update idempotency_keys set status = ${status} where key = ${key}`)]);

/** Nothing was made: the key is as if it had never been sent. */
export const forgetIdempotencyKey = (tenant: Tenant, key: string) =>
  tenant.batch([tenant.db.execute(sql`delete from idempotency_keys where key = ${key} and status is null`)]);

/** Something may have been made: the next request with the key looks before it runs. */
export const unlockIdempotencyKey = (tenant: Tenant, key: string, resultId: string) =>
  tenant.batch([
    tenant.db.execute(sql`
      update idempotency_keys set locked_until = now() where key = ${key} and result_id = ${resultId}`),
  ]);
