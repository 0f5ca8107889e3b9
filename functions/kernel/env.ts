import * as z from "zod";
import { fromBase64 } from "./base64.ts";

const optional = z.string().min(1).optional();

type EncryptionKey = { id: string; bytes: Uint8Array<ArrayBuffer> };

/** `id:base64,id2:base64`: the first seals, all open. */
const encryptionKeys = z.string().transform((text, context) => {
  const keys = text.split(",").flatMap((each): EncryptionKey[] => {
    const [, id, content] = /^([\w-]{1,40}):([A-Za-z0-9+/]{43}=)$/.exec(each.trim()) ?? [];
    return id && content ? [{ id, bytes: fromBase64(content) }] : [];
  });
  const [first, ...others] = keys;
  const isWhole = keys.length === text.split(",").length && new Set(keys.map(({ id }) => id)).size === keys.length;
  if (first && isWhole) return [first, ...others] as const;
  context.addIssue({
    code: "custom",
    message: "must be id:key, of 32 bytes in base64, or several with a comma between",
  });
  return z.NEVER;
});

const variables = z
  .object({
    /** Connection string of the role `edgelore_app`. */
    DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, "must be a postgres:// URL"),
    /** Where SQL over HTTP is spoken, if not at Neon. */
    DATABASE_ENDPOINT: z.url().optional(),
    /** Seals what is stored and secret; without, nothing secret can be. */
    ENCRYPTION_KEYS: encryptionKeys.optional(),
    AWS_REGION: z.string().default("us-east-1"),
    AWS_ACCESS_KEY_ID: z.string().min(1),
    AWS_SECRET_ACCESS_KEY: z.string().min(1),
    AWS_SESSION_TOKEN: optional,
    BEDROCK_ENDPOINT: z.url().optional(),
    RERANK_MODEL: z.string().default("cohere.rerank-v3-5:0"),
    EMBEDDING_MODEL: z.string().default("amazon.titan-embed-text-v2:0"),
    CHAT_MODEL: z.string().default("amazon.nova-lite-v1:0"),
    /** What the tiers stand for, under names that any region knows. */
    OPUS_MODEL: z.string().default("global.anthropic.claude-opus-4-6-v1"),
    SONNET_MODEL: z.string().default("global.anthropic.claude-sonnet-4-6"),
    HAIKU_MODEL: z.string().default("global.anthropic.claude-haiku-4-5-20251001-v1:0"),
    /** Writes a sentence or two about many passages: a cheap one. */
    UTILITY_MODEL: z.string().default("amazon.nova-micro-v1:0"),
    /** Reads pictures and PDFs, and can be forced to call a tool: Amazon's Nova and Anthropic's Claude can. */
    OCR_MODEL: z.string().default("us.amazon.nova-2-lite-v1:0"),
    /** Whether the main job is tried every hour, in an organization that nobody sees. It costs some model calls. */
    SELF_CHECK: z.enum(["on", "off"]).default("off"),
    /** The identity provider (Neon Auth, Stack Auth): people sign in with its tokens when these are set. */
    JWKS_URL: z.url().optional(),
    JWT_ISSUER: optional,
    JWT_AUDIENCE: optional,
  })
  .refine(
    ({ JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }) => !JWKS_URL || (JWT_ISSUER && JWT_AUDIENCE),
    "JWKS_URL needs JWT_ISSUER and JWT_AUDIENCE: else tokens that were made for others would do",
  );

export type Env = z.output<typeof variables> & {
  FILES: R2Bucket;
  JOBS: Queue<JobMessage>;
  RATE_LIMITER: RateLimit;
  END_USER_RATE_LIMITER: RateLimit;
  /** A service through which pages of the internet are fetched, such as a proxy that pins addresses; without, directly. */
  WEB?: { fetch: typeof globalThis.fetch };
};
/** A queue message is only a wake-up call; the work stands in the row. */
export type JobMessage = { jobId: string };

const checked = new WeakMap<object, Env>();

/** Checks the bindings once per isolate; a missing one is named at the first request and not somewhere later. */
export function parseEnv(bindings: unknown): Env {
  const known = checked.get(bindings as object);
  if (known) return known;
  const result = variables.safeParse(bindings);
  if (!result.success) throw new Error(`The worker is not configured:\n${z.prettifyError(result.error)}`);
  const { FILES, JOBS, RATE_LIMITER, END_USER_RATE_LIMITER, WEB } = bindings as Env;
  if (!FILES || !JOBS || !RATE_LIMITER || !END_USER_RATE_LIMITER)
    throw new Error(
      "The worker is not configured: the bindings FILES (R2), JOBS (queue), RATE_LIMITER and END_USER_RATE_LIMITER are needed.",
    );
  const env = { ...result.data, FILES, JOBS, RATE_LIMITER, END_USER_RATE_LIMITER, WEB };
  checked.set(bindings as object, env);
  return env;
}
