import { desc, lte, sql } from "drizzle-orm";
import type { Db, Tenant } from "../../client.ts";
import { aiModels } from "../../schema/usage.ts";

/** Micro-USD for a million tokens, and for a call where a model is billed by calls. */
export type ModelPrice = typeof aiModels.$inferSelect;
/** A price of a list; without a date it holds from now on. */
export type ListedPrice = Omit<ModelPrice, "validFrom"> & { place: string; validFrom: string | null };
/** `past`: it would change what a price was that has held. */
export type Verdict = { place: string; model: string; verdict: "new" | "unchanged" | "past" };

/** The price of each model that holds now. */
export async function listModelPrices(tenant: Tenant): Promise<ModelPrice[]> {
  const [prices] = await tenant.batch([
    tenant.db
      .selectDistinctOn([aiModels.model])
      .from(aiModels)
      .where(lte(aiModels.validFrom, sql`now()`))
      .orderBy(aiModels.model, desc(aiModels.validFrom)),
  ]);
  return prices;
}

const LOCK = 4_201_769_106;

/**
 * As the database's owner: prices belong to no organization. Writes all new ones, or none if one is refused; a price that holds already
 * is not written again, so twice changes nothing, at once neither. A model that has a price gets another from now on or later.
 */
export async function savePrices(db: Db, prices: readonly ListedPrice[]): Promise<Verdict[]> {
  const [, { rows }] = await db.batch([
    db.execute(sql`select pg_advisory_xact_lock(${LOCK})`),
    db.execute<Verdict>(sql`
      with listed as (
        select l.*, coalesce(l."validFrom", now()) as valid_from
        from jsonb_to_recordset(${JSON.stringify(prices)}::jsonb) as l(place text, model text, "validFrom" timestamptz, "inputMicroUsd" bigint,
          "outputMicroUsd" bigint, "cacheReadMicroUsd" bigint, "cacheWriteMicroUsd" bigint, "callMicroUsd" bigint, source text)),
      judged as (
        select l.*, case
            when (h.input_micro_usd, h.output_micro_usd, h.cache_read_micro_usd, h.cache_write_micro_usd, h.call_micro_usd)
              = (l."inputMicroUsd", l."outputMicroUsd", l."cacheReadMicroUsd", l."cacheWriteMicroUsd", l."callMicroUsd") then 'unchanged'
            when h.valid_from = l.valid_from or l.valid_from < now() and exists (select from ai_models m where m.model = l.model) then 'past'
            else 'new' end as verdict
        from listed l left join lateral (
          select * from ai_models m where m.model = l.model and m.valid_from <= l.valid_from order by m.valid_from desc limit 1) h on true),
      written as (
        insert into ai_models (model, valid_from, input_micro_usd, output_micro_usd, cache_read_micro_usd, cache_write_micro_usd, call_micro_usd, source)
        select j.model, j.valid_from, j."inputMicroUsd", j."outputMicroUsd", j."cacheReadMicroUsd", j."cacheWriteMicroUsd", j."callMicroUsd", j.source
        from judged j where j.verdict = 'new' and not exists (select from judged r where r.verdict = 'past'))
      select place, model, verdict from judged`),
  ]);
  return rows;
}
