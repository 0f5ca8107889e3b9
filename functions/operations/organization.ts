import * as z from "zod";
import type { Organization } from "../../db/queries/tenancy/organization.ts";
import { SUBSCRIPTION_TIERS, TIER_LIMITS } from "../../db/words.ts";
import { count, id, instant, integer, name, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

/** The settings there are; a change names those that change. */
export const Settings = z
  .object({
    defaultLanguage: text(35).meta({ description: "BCP 47, of new chatbots' fallback texts" }),
    retentionDays: integer(1, 3650).meta({ description: "How long conversations are kept" }),
    supportEmail: z.email().max(LIMITS.nameCharsMax),
  })
  .partial();

export const slug = z
  .string()
  .min(2)
  .max(100)
  .regex(/^[a-z0-9][a-z0-9-]*[a-z0-9]$/, "has lower-case letters, digits and hyphens");

export const timeZone = text(64, 1)
  .refine(
    (value) => Intl.supportedValuesOf("timeZone").includes(value) || value === "UTC",
    "is not a time zone of the IANA database",
  )
  .meta({ description: "IANA name; days of metrics are cut in it" });

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
