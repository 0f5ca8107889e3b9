import type { CorpusName } from "../../../db/corpora.ts";
import type { MEMBER_ROLES } from "../../../db/words.ts";

type Role = (typeof MEMBER_ROLES)[number];
const everyone: Role[] = ["owner", "admin", "editor", "viewer", "support"];
const editors: Role[] = ["owner", "admin", "editor"];
const admins: Role[] = ["owner", "admin"];

/** What a key may be allowed, and which members' roles are. The database compares; a caller without it gets 403. */
export const SCOPES = {
  "organization:read": everyone,
  "organization:write": admins,
  "members:read": everyone,
  "members:write": admins,
  "keys:read": admins,
  "keys:write": admins,
  "documents:read": everyone,
  "documents:write": editors,
  "products:read": everyone,
  "products:write": editors,
  "chatbots:read": everyone,
  "chatbots:write": editors,
  "chatbots:answer": everyone,
  "conversations:read": everyone,
  "conversations:write": [...editors, "support"],
  "search:read": everyone,
  "usage:read": admins,
  "budgets:write": admins,
  "events:read": admins,
  "webhooks:read": admins,
  "webhooks:write": admins,
  "end-users:read": admins,
  "end-users:write": admins,
  "jobs:read": admins,
  "jobs:write": admins,
  "maintenance:run": admins,
} as const satisfies Record<string, Role[]>;

export type Scope = keyof typeof SCOPES;
export const ALL_SCOPES = Object.keys(SCOPES) as [Scope, ...Scope[]];

/** What a corpus may be searched with, beside `search:read`. */
export const CORPUS_SCOPES: Record<CorpusName, Scope> = {
  document_chunk: "documents:read",
  product: "products:read",
};

/** Whether a caller may use a scope: a key has it, a member's role implies it. */
export const mayUse = ({ scopes, role }: { scopes: string[] | null; role: string | null }, scope: Scope): boolean =>
  scopes ? scopes.includes(scope) : (SCOPES[scope] as string[]).includes(role ?? "");

/** What a key needs to upload, ask and read, and nothing that administers. */
export const USER_SCOPES: Scope[] = [
  "organization:read",
  "documents:read",
  "documents:write",
  "products:read",
  "products:write",
  "chatbots:read",
  "chatbots:write",
  "chatbots:answer",
  "conversations:read",
  "conversations:write",
  "search:read",
];
