import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { connect, enterOrganization, type Statement } from "../../db/client.ts";
import type { Stack } from "../../scripts/local/stack.ts";
import { createOrganization } from "../../scripts/organization.ts";

/** Deleting a large organization takes its time. */
const TIMEOUT_MS = 600_000;

/** An organization for one run, with a key that may do everything and room for any set. `remove` leaves nothing of it. */
export async function makeScratchOrganization({ appUrl, ownerUrl, endpoint }: Stack) {
  const slug = `eval-${randomUUID()}`;
  const made = await createOrganization({ url: appUrl, endpoint, name: "Evaluation", slug });
  const owner = connect(ownerUrl, { endpoint, timeoutMs: TIMEOUT_MS });
  /** Policies hold for the owner too and let it see nothing, so it acts as the worker's role, in one transaction. */
  const asTenant = (statement: Statement) =>
    [
      owner.execute(sql`set local role edgelore_app`),
      enterOrganization(owner, made.organizationId, { kind: "system", id: null }),
      statement,
    ] as const;
  await owner.batch(asTenant(owner.execute(sql`update organizations set subscription_tier = 'enterprise'`)));
  return {
    key: made.adminKey,
    async remove() {
      // The worker's role may not delete organizations: the right is lent inside the transaction, and nobody else sees it.
      await owner.batch([
        owner.execute(sql`grant delete on organizations to edgelore_app`),
        ...asTenant(owner.execute(sql`delete from organizations`)),
        owner.execute(sql`reset role`),
        owner.execute(sql`revoke delete on organizations from edgelore_app`),
      ]);
    },
  };
}
