import { isNotNull, sql } from "drizzle-orm";
import { pgArray, type Statement, type Tenant } from "../../client.ts";
import { documents, fileChecks } from "../../schema/chatbots.ts";

export type FileCheck = typeof fileChecks.$inferSelect;

/** The check that is under way, else a new one. */
export async function beginFileCheck(tenant: Tenant): Promise<FileCheck> {
  const [, , [row]] = await tenant.batch([
    tenant.db.delete(fileChecks).where(isNotNull(fileChecks.completedAt)),
    tenant.db.insert(fileChecks).values({}).onConflictDoNothing(),
    tenant.db.select().from(fileChecks),
  ]);
  return row!;
}

/** The one that runs or ran last, and whether one is waiting or running. */
export async function findFileCheck(tenant: Tenant): Promise<{ running: boolean; found: FileCheck | undefined }> {
  const [{ rows }, [found]] = await tenant.batch([
    tenant.db.execute<{ running: boolean }>(sql`
      select exists (select from jobs where kind = 'file.check' and failed_at is null) as running`),
    tenant.db.select().from(fileChecks),
  ]);
  return { running: rows[0]!.running, found };
}

/** Notes how far the check has come, and adds what was found to what was before. */
export async function continueFileCheck(
  tenant: Tenant,
  checkedTo: string,
  found: Pick<FileCheck, "files" | "orphaned" | "orphanedBytes" | "missing">,
  missingMax: number,
): Promise<FileCheck> {
  const [[row]] = await tenant.batch([
    tenant.db
      .update(fileChecks)
      .set({
        checkedTo,
        files: sql`files + ${found.files}`,
        orphaned: sql`orphaned + ${found.orphaned}`,
        orphanedBytes: sql`orphaned_bytes + ${found.orphanedBytes}`,
        missing: sql`(missing || ${pgArray(found.missing, "uuid")}::uuid[])[:${missingMax}::integer]`,
      })
      .returning(),
  ]);
  return row!;
}

export const completeFileCheck = (tenant: Tenant): Statement =>
  tenant.db.update(fileChecks).set({ completedAt: sql`now()` });

/** A file as its key names it: the document or attachment it is of, and what put it in the place of another, if anything did. */
export type StoredFile = { key: string; documentId: string; replacementId: string | null; isOld: boolean };

/**
 * Which of these files, all that there are between two keys in the order of their bytes, are old and nobody's: no document or attachment names
 * them, no run that is under way will, and no request can still write the row that does, as one that is sent again with its
 * Idempotency-Key could: any other has an id that is new. And which documents and attachments, unchanged for so many hours, have no file among them.
 */
export async function compareFiles(
  tenant: Tenant,
  files: readonly StoredFile[],
  between: { after: string; to: string | null; firstId: string; lastId: string },
  ageHours: number,
): Promise<{ orphaned: string[]; missing: string[] }> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ orphaned: string[]; missing: string[] }>(sql`
      with files as materialized (
        select * from jsonb_to_recordset(${JSON.stringify(files)}::jsonb) as f(key text, "documentId" uuid, "replacementId" uuid, "isOld" boolean)),
      claimed as materialized (select result_id from idempotency_keys)
      select (
          select coalesce(jsonb_agg(f.key), '[]') from files f left join documents d on d.id = f."documentId"
          where f."isOld" and not exists (select from attachments a where a.organization_id || '/' || a.id = f.key) and f.key is distinct from d.storage_key and f.key is distinct from d.extraction_key
            and (f.key = d.storage_key || '.draft' and d.status in ('uploaded', 'processing')) is not true
            and f."documentId" not in (select result_id from claimed)
            and (f."replacementId" in (select result_id from claimed)) is not true) as orphaned,
        (select coalesce(jsonb_agg(n.id), '[]') from (
            select id, storage_key, updated_at from documents
            union all
            select id, organization_id || '/' || id, created_at from attachments) n (id, key, changed_at)
          where n.id between ${between.firstId} and ${between.lastId} and n.changed_at < now() - make_interval(hours => ${ageHours}::integer)
            and n.key collate "C" > ${between.after}
            and (${between.to}::text is null or n.key collate "C" <= ${between.to})
            and n.key not in (select f.key from files f)) as missing`),
  ]);
  return rows[0]!;
}

const abandoned = (ageHours: number) => sql`
  status in ('uploaded', 'processing') and updated_at < now() - make_interval(hours => ${ageHours}::integer) and not exists (
    select from jobs j where j.kind in ('document.ingest', 'document.embed') and j.subject_id = documents.id and j.failed_at is null)`;

/** Documents that wait for work which nobody has. */
export async function abandonedDocuments(tenant: Tenant, ageHours: number, limit: number): Promise<string[]> {
  const [rows] = await tenant.batch([
    tenant.db.select({ id: documents.id }).from(documents).where(abandoned(ageHours)).limit(limit),
  ]);
  return rows.map(({ id }) => id);
}

/** The document, locked, with `consequences`; the batch aborts (EL404) when somebody has taken it up again. */
export const endAbandoned = (tenant: Tenant, id: string, ageHours: number, consequences: Statement[]) =>
  tenant.batch([
    tenant.db.execute(sql`
      select must_exist((select true from documents where id = ${id} and ${abandoned(ageHours)} for update), 'abandoned document')`),
    ...consequences,
    tenant.db.update(fileChecks).set({ abandoned: sql`abandoned + 1` }),
  ]);
