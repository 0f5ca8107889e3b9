import { parseArgs } from "node:util";
import { connect, enterOrganization, openTenant } from "../db/client.ts";
import { newId } from "../db/columns.ts";
import { insertApiKey } from "../db/queries/tenancy/api-key.ts";
import { insertMember } from "../db/queries/tenancy/member.ts";
import { insertOrganization } from "../db/queries/tenancy/organization.ts";
import { newApiKey } from "../functions/kernel/auth/api-key.ts";
import { ALL_SCOPES, type Scope, USER_SCOPES } from "../functions/kernel/auth/scopes.ts";

type Options = {
  /** Connection string of `edgelore_app`: the organization is made by itself, under its own policies. */
  url: string;
  endpoint?: string;
  name: string;
  slug: string;
  ownerEmail?: string;
};

const TIMEOUT_MS = 15_000;

/** An organization with two API keys, shown this once: one that administers, one that uses. */
export async function createOrganization({ url, endpoint, name, slug, ownerEmail }: Options) {
  const db = connect(url, { endpoint, timeoutMs: TIMEOUT_MS });
  const organizationId = newId();
  const tenant = openTenant(db, {
    statements: () => [enterOrganization(db, organizationId, { kind: "system", id: null })],
  });
  await tenant.batch([insertOrganization(tenant, { id: organizationId, name, slug })]);
  if (ownerEmail)
    await insertMember(tenant, { id: newId(), email: ownerEmail.toLowerCase(), name: null, role: "owner" }, []);
  const key = async (keyName: string, scopes: readonly Scope[]) => {
    const { secret, prefix, hash } = await newApiKey();
    await insertApiKey(tenant, { id: newId(), name: keyName, prefix, hash, scopes: [...scopes] }, []);
    return secret;
  };
  return { organizationId, adminKey: await key("Admin", ALL_SCOPES), apiKey: await key("API", USER_SCOPES) };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { name: { type: "string" }, slug: { type: "string" }, owner: { type: "string" } },
  });
  const { DATABASE_URL: url, DATABASE_ENDPOINT: endpoint } = process.env;
  if (!url || !values.name || !values.slug) {
    console.error(
      "DATABASE_URL=postgres://edgelore_app:… npm run organization -- --name NAME --slug SLUG [--owner EMAIL]",
    );
    process.exit(2);
  }
  const made = await createOrganization({
    url,
    endpoint,
    name: values.name,
    slug: values.slug,
    ownerEmail: values.owner,
  });
  console.log(JSON.stringify(made, null, 2));
}
