import * as z from "zod";
import { hasTimeZone, type Organization } from "../../db/queries/tenancy/organization.ts";
import { SUBSCRIPTION_TIERS, TIER_LIMITS } from "../../db/words.ts";
import type { Ctx } from "../kernel/context.ts";
import { count, id, instant, integer, name, text } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";

/** The settings there are; a change names those that change. */
const settings = {
  defaultLanguage: text(35).meta({ description: "BCP 47, of new chatbots' fallback texts" }),
  supportEmail: z.email().max(LIMITS.nameCharsMax),
  conversationIdleMinutes: integer(5, 43_200).meta({
    description: "When nobody speaks for so long, a conversation with a chatbot has expired; 1,440 if not set",
  }),
  archiveAfterDays: integer(LIMITS.atHandDaysMin, LIMITS.keptDaysMax).meta({
    description:
      "When messages leave for the archive, counted from their conversation's end; 30 if not set. They are read as before",
  }),
  usageArchiveAfterDays: integer(31, LIMITS.keptDaysMax).meta({
    description: "When model calls leave for the archive; 90 if not set. Reports read them as before",
  }),
  clientDays: integer(1, LIMITS.keptDaysMax).meta({
    description:
      "How long the address and the user agent of end users are kept with their conversations; 30 if not set",
  }),
  retentionDays: integer(LIMITS.atHandDaysMin, LIMITS.keptDaysMax).meta({
    description:
      "How long conversations are kept, counted from their last activity; then they are deleted for good with their messages and " +
      "documents, those that are older now within minutes. Kept for ever if not set",
  }),
  semanticMessageSearch: z.boolean().meta({
    description:
      `Whether messages are found by their meaning: each of the newest ${LIMITS.messagesEmbeddedMax.toLocaleString("en")} is embedded for it, which costs as much as ` +
      "embedding a document of its length. Not if not set; turned off, the embeddings are deleted",
  }),
};

export const Settings = z.object(settings).partial();

const cleared = Object.fromEntries(Object.entries(settings).map(([key, schema]) => [key, schema.nullable()])) as {
  [Key in keyof typeof settings]: z.ZodNullable<(typeof settings)[Key]>;
};
/** A setting that is null is set no more. */
export const ChangedSettings = z.object(cleared).partial().strict();

export const slug = z
  .string()
  .min(2)
  .max(100)
  .regex(/^[a-z0-9][a-z0-9-]*[a-z0-9]$/, "has lower-case letters, digits and hyphens");

export const timeZone = text(64, 1).meta({ description: "IANA name; days of metrics are cut in it" });

/** The database cuts the days, so it says which zones there are: JavaScript lists others, such as Asia/Calcutta and no Asia/Kolkata. */
export async function refuseUnknownZone(ctx: Ctx, name: string | undefined): Promise<void> {
  if (name === undefined || (await hasTimeZone(ctx, name))) return;
  const message = "is not a time zone of the IANA database, such as Asia/Kolkata";
  throw new ApiError("INVALID", `timeZone: ${message}`, { errors: [{ path: "timeZone", message }] });
}

/** The organization with what its subscription holds. */
export function toReply(organization: Organization) {
  const { subscriptionTier: tier } = organization;
  const { documents, chatbots, members } = TIER_LIMITS;
  return { ...organization, limits: { documents: documents[tier], chatbots: chatbots[tier], members: members[tier] } };
}

export const OrganizationReply = z
  .object({
    id: id("organization"),
    name,
    slug,
    settings: Settings,
    timeZone: text(64),
    subscriptionTier: z.enum(SUBSCRIPTION_TIERS),
    limits: z
      .object({ documents: count, chatbots: count, members: count })
      .meta({ description: "What the subscription holds at most" }),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Organization" });
