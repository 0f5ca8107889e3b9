import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JWK } from "jose";
import type { TestProject } from "vitest/node";
import { startStack } from "../scripts/local/stack.ts";
import { AUDIENCE, ISSUER, startIdentityProvider } from "./identity.ts";
import { startWeb } from "./web.ts";

declare module "vitest" {
  interface ProvidedContext {
    stack: {
      url: string;
      superuserUrl: string;
      appUrl: string;
      endpoint: string;
      bedrockUrl: string;
      isNative: boolean;
      signingKey: JWK;
    };
  }
}

/** One stack for all test files; each test has organizations of its own. `TEST_DATABASE_URL` puts a real Postgres under it, whose superuser is at `TEST_SUPERUSER_URL`. */
export async function setup(project: TestProject) {
  const databaseUrl = process.env.TEST_DATABASE_URL;
  const outdir = mkdtempSync(join(tmpdir(), "edgelore-test-"));
  const identity = await startIdentityProvider();
  const web = await startWeb();
  const variables = { JWKS_URL: identity.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
  const stack = await startStack({
    databaseUrl,
    outdir,
    web: web.address,
    bedrock: { cacheDirectory: ".local/test-embeddings" },
    variables,
  });
  project.provide("stack", {
    url: stack.url,
    superuserUrl: process.env.TEST_SUPERUSER_URL ?? stack.ownerUrl,
    appUrl: stack.appUrl,
    endpoint: stack.endpoint!,
    bedrockUrl: stack.bedrock!.url,
    isNative: databaseUrl !== undefined,
    signingKey: identity.privateKey,
  });
  return async () => {
    await stack.close();
    await identity.close();
    await web.close();
    rmSync(outdir, { recursive: true, force: true });
  };
}
