import { sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";

export type SearchSettings = {
  corpus: number;
  /** Null: as measured best. */
  lexicalShare: number | null;
  scoreThreshold: number | null;
  rerank: boolean | null;
  updatedBy: string | null;
  updatedAt: string | null;
};
export type SearchSettingsChange = Partial<Pick<SearchSettings, "lexicalShare" | "scoreThreshold" | "rerank">>;

const COLUMNS = sql`corpus, lexical_share as "lexicalShare", score_threshold as "scoreThreshold", rerank, updated_by as "updatedBy",
  to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "updatedAt"`;

/** The corpora that are not searched as measured best in everything. */
export async function readSearchSettings(tenant: Tenant): Promise<SearchSettings[]> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<SearchSettings>(sql`select ${COLUMNS} from search_settings`),
  ]);
  return rows;
}

/** What is named replaces what was, the rest stays, whoever else changes some at the same time. */
export async function changeSearchSettings(
  tenant: Tenant,
  corpus: number,
  change: SearchSettingsChange,
  emits: Statement[],
): Promise<SearchSettings> {
  const { lexicalShare = null, scoreThreshold = null, rerank = null } = change;
  const keep = (name: keyof SearchSettingsChange, column: string) =>
    name in change ? sql.raw(`excluded.${column}`) : sql.raw(`search_settings.${column}`);
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<SearchSettings>(sql`
      insert into search_settings (corpus, lexical_share, score_threshold, rerank)
      values (${corpus}, ${lexicalShare}, ${scoreThreshold}, ${rerank})
      on conflict (organization_id, corpus) do update set lexical_share = ${keep("lexicalShare", "lexical_share")},
        score_threshold = ${keep("scoreThreshold", "score_threshold")}, rerank = ${keep("rerank", "rerank")}, updated_by = excluded.updated_by
      returning ${COLUMNS}`),
    ...emits,
  ]);
  return rows[0]!;
}
