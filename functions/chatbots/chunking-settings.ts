import * as z from "zod";
import {
  type ChunkingSettingsRow,
  type DocumentType,
  readChunkingSettings,
} from "../../db/queries/chatbots/chunking-settings.ts";
import { DOCUMENT_TYPES } from "../../db/words.ts";
import type { Ctx } from "../kernel/context.ts";
import { instant, integer, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { documentType } from "./document.ts";
import { chunkMaxTokens } from "./extraction/limits.ts";

/** How documents of a type are cut. */
export type ChunkingSettings = Pick<
  ChunkingSettingsRow,
  "chunkTokens" | "overlapTokens" | "chunkType" | "contextualPrefix"
>;

/** What holds for a type of which an organization has set nothing. */
export const DEFAULT_CHUNKING: ChunkingSettings = {
  chunkTokens: chunkMaxTokens,
  overlapTokens: 0,
  chunkType: null,
  contextualPrefix: false,
};

export const Settings = {
  chunkTokens: integer(LIMITS.chunkTokensMin, LIMITS.chunkTokensMax).meta({
    description: `A chunk has at most so many tokens, what it repeats included; it ends where a section, paragraph or sentence does. Its embedding reads ${LIMITS.embeddingCharsMax} characters at most`,
  }),
  overlapTokens: integer(0, LIMITS.chunkTokensMax / 2).meta({
    description:
      "So many tokens at most, in whole sentences, are repeated from the chunk before where the text goes on; at most half of `chunkTokens`",
  }),
  chunkType: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,49}$/, "is a word such as product_level, formulation_level or ingredient_level")
    .meta({ maxLength: 50 })
    .nullable()
    .meta({
      description:
        "Given to every chunk, such as product_level, formulation_level or ingredient_level; null: what it is made of (text, table or code)",
    }),
  contextualPrefix: z.boolean().meta({
    description:
      "Lets a model write a sentence before each chunk that says what it is about in its document: found by it, never quoted. One call a chunk",
  }),
};

/** Of a request that says some of them: refused by name where the whole cannot be. */
export const overlapsHalf = ({ chunkTokens, overlapTokens }: Pick<ChunkingSettings, "chunkTokens" | "overlapTokens">) =>
  overlapTokens <= Math.floor(chunkTokens / 2);
export const OVERLAP_TOO_LARGE = "is at most half of chunkTokens";

export const ChunkingSettingsReply = z
  .object({
    documentType,
    ...Settings,
    isDefault: z.boolean().meta({ description: "Nothing is set for this type" }),
    updatedBy: text(255).nullable(),
    updatedAt: instant.nullable(),
  })
  .meta({ id: "ChunkingSettings" });

/** The settings in force of a type whose row may be absent. */
export const toReply = (
  type: DocumentType,
  row: ChunkingSettingsRow | undefined,
): z.input<typeof ChunkingSettingsReply> =>
  row
    ? { ...row, isDefault: false }
    : { documentType: type, ...DEFAULT_CHUNKING, isDefault: true, updatedBy: null, updatedAt: null };

export const settingsParams = z.object({
  documentType: z
    .string()
    .max(100)
    .regex(/^[\w-]+$/)
    .meta({ description: `One of ${DOCUMENT_TYPES.join(", ")}` }),
});

/** A type that there is not does not exist, for whoever may ask. */
export async function knownType(ctx: Ctx, name: string): Promise<DocumentType> {
  await ctx.identify();
  const { data } = documentType.safeParse(name);
  if (!data) throw notFound("document type");
  return data;
}

/** How documents of that type are cut now. */
export async function chunkingOf(ctx: Ctx, type: DocumentType): Promise<ChunkingSettings> {
  const rows = await readChunkingSettings(ctx);
  return rows.find((row) => row.documentType === type) ?? DEFAULT_CHUNKING;
}
