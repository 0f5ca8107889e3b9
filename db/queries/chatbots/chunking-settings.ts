import { eq, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { chunkingSettings } from "../../schema/chatbots.ts";

export type ChunkingSettingsRow = typeof chunkingSettings.$inferSelect;
export type DocumentType = ChunkingSettingsRow["documentType"];
type NewSettings = Pick<ChunkingSettingsRow, "chunkTokens" | "overlapTokens" | "chunkType" | "contextualPrefix">;

/** Of the document types that are not cut by default. */
export async function readChunkingSettings(tenant: Tenant): Promise<ChunkingSettingsRow[]> {
  const [rows] = await tenant.batch([tenant.db.select().from(chunkingSettings)]);
  return rows;
}

/** Replaces all that was set for the type. */
export async function writeChunkingSettings(
  tenant: Tenant,
  documentType: DocumentType,
  settings: NewSettings,
  emits: Statement[],
): Promise<ChunkingSettingsRow> {
  const [[row]] = await tenant.batch([
    tenant.db
      .insert(chunkingSettings)
      .values({ documentType, ...settings })
      .onConflictDoUpdate({
        target: [chunkingSettings.organizationId, chunkingSettings.documentType],
        set: { ...settings, updatedBy: sql`excluded.updated_by` },
      })
      .returning(),
    ...emits,
  ]);
  return row!;
}

/** The type is cut by default from then on, as it may have been before. */
export async function deleteChunkingSettings(
  tenant: Tenant,
  documentType: DocumentType,
  emits: Statement[],
): Promise<void> {
  await tenant.batch([
    tenant.db.delete(chunkingSettings).where(eq(chunkingSettings.documentType, documentType)),
    ...emits,
  ]);
}
