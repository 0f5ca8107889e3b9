import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, call, organization, signIn, stack, type TestOrganization } from "../harness.ts";
import { ISSUER, signToken } from "../identity.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});
const newKey = async (body: object) =>
  (await org.call("POST", "/v1/keys", { name: "Key", scopes: ["organization:read"], ...body })).body;
const whoAmI = (key: string, headers?: Record<string, string>) =>
  call("GET", "/v1/organization", undefined, { key, headers });

describe("an API key", () => {
  test("is shown once and stored nowhere", async () => {
    const { id, secret } = await newKey({});
    expect(secret).toMatch(/^el_[0-9a-f]{64}$/);
    expect((await org.call("GET", `/v1/keys/${id}`)).text).not.toContain(secret);
    const stored = await asTenant(org.id, "select to_jsonb(k)::text as row from api_keys k where id = $1", [id]);
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect((await org.call("GET", "/v1/keys")).text).not.toContain(secret);
  });

  test("revoked is refused from the next request on, and stays in the list", async () => {
    const { id, secret } = await newKey({});
    expect((await whoAmI(secret)).status).toBe(200);
    expect((await org.call("DELETE", `/v1/keys/${id}`)).status).toBe(204);
    expect(await whoAmI(secret)).toMatchObject({ status: 401, body: { detail: "This API key was revoked." } });
    expect((await org.call("GET", `/v1/keys/${id}`)).body.revokedAt).not.toBeNull();
  });

  test("expires at its time, and cannot be made expired", async () => {
    const { secret } = await newKey({ expiresAt: new Date(Date.now() + 1_500).toISOString() });
    expect((await whoAmI(secret)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    expect(await whoAmI(secret)).toMatchObject({ status: 401, body: { detail: "This API key has expired." } });
    const past = await org.call("POST", "/v1/keys", {
      name: "Past",
      scopes: ["search:read"],
      expiresAt: "2020-01-01T00:00:00Z",
    });
    expect(past).toMatchObject({ status: 400, body: { errors: [{ path: "expiresAt" }] } });
  });

  test("gives no scope that its maker lacks", async () => {
    const { secret } = await newKey({ scopes: ["keys:write", "search:read"] });
    const reply = await call("POST", "/v1/keys", { name: "More", scopes: ["documents:write"] }, { key: secret });
    expect(reply).toMatchObject({ status: 403, body: { errors: [{ path: "scopes" }] } });
    expect((await call("POST", "/v1/keys", { name: "As much", scopes: ["search:read"] }, { key: secret })).status).toBe(
      201,
    );
  });

  test("changes its scopes from the next request on, within what the changer has", async () => {
    const { id, secret } = await newKey({});
    expect((await org.call("PATCH", `/v1/keys/${id}`, { scopes: ["search:read"] })).body.scopes).toEqual([
      "search:read",
    ]);
    expect((await whoAmI(secret)).status).toBe(403);
    const small = (await newKey({ scopes: ["keys:write"] })).secret;
    expect((await call("PATCH", `/v1/keys/${id}`, { scopes: ["jobs:write"] }, { key: small })).status).toBe(403);
    await org.call("DELETE", `/v1/keys/${id}`);
    await org.call("PATCH", `/v1/keys/${id}`, { scopes: ["organization:read"] });
    expect((await whoAmI(secret)).status).toBe(401);
  });

  test("tells when it was last used", async () => {
    const { id, secret } = await newKey({});
    expect((await org.call("GET", `/v1/keys/${id}`)).body.lastUsedAt).toBeNull();
    await whoAmI(secret);
    const { lastUsedAt } = (await org.call("GET", `/v1/keys/${id}`)).body;
    expect(Math.abs(Date.parse(lastUsedAt) - Date.now())).toBeLessThan(60_000);
  });
});

describe("a person", () => {
  test("becomes the invited member at the first sign-in, with the name of the token", async () => {
    const token = await signIn(org, "editor");
    const me = await call("GET", "/v1/members/me", undefined, { key: token });
    expect(me).toMatchObject({ status: 200, body: { role: "editor", name: "Somebody", userId: expect.any(String) } });
  });

  test("who gets another address keeps the membership, under the new address", async () => {
    const [email, moved] = [`${crypto.randomUUID()}@example.com`, `${crypto.randomUUID()}@example.com`];
    await org.call("POST", "/v1/members", { email, role: "viewer" });
    const sub = crypto.randomUUID();
    const me = async (address: string) => {
      const key = await signToken(stack.signingKey, { sub, email: address, email_verified: true });
      return (await call("GET", "/v1/members/me", undefined, { key })).body;
    };
    const before = await me(email);
    expect(await me(moved)).toMatchObject({ id: before.id, email: moved });
  });

  test("whose address was not verified, or who was not invited, is a stranger", async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    await org.call("POST", "/v1/members", { email, role: "viewer" });
    const tokens = [
      { email },
      { email, email_verified: false },
      { email: "other@example.com", email_verified: true },
      {},
    ];
    for (const claims of tokens) {
      const token = await signToken(stack.signingKey, { sub: crypto.randomUUID(), ...claims });
      expect((await whoAmI(token)).status).toBe(401);
    }
  });

  test("may do what the role may, and no more", async () => {
    const allowed: [role: string, method: string, path: string, status: number][] = [
      ["viewer", "GET", "/v1/documents", 200],
      ["viewer", "POST", "/v1/chatbots", 403],
      ["support", "GET", "/v1/conversations", 200],
      ["support", "GET", "/v1/keys", 403],
      ["editor", "POST", "/v1/chatbots", 201],
      ["editor", "GET", "/v1/keys", 403],
      ["editor", "PATCH", "/v1/organization", 403],
      ["admin", "GET", "/v1/keys", 200],
      ["owner", "GET", "/v1/failed-jobs", 200],
    ];
    for (const [role, method, path, status] of allowed) {
      const body = method === "POST" ? { name: `By ${role}` } : method === "PATCH" ? {} : undefined;
      expect([role, path, (await call(method, path, body, { key: await signIn(org, role) })).status]).toEqual([
        role,
        path,
        status,
      ]);
    }
  });

  test("with a forged, expired or foreign token is a stranger", async () => {
    const { generateKeyPair, exportJWK } = await import("jose");
    const forged = await exportJWK((await generateKeyPair("ES256", { extractable: true })).privateKey);
    const claims = { sub: "somebody", email: "a@example.com", email_verified: true };
    const tokens = [
      await signToken(forged, claims),
      await signToken(stack.signingKey, claims, { expires: "-1m" }),
      await signToken(stack.signingKey, claims, { issuer: `${ISSUER}.evil` }),
      `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims))}.`,
    ];
    for (const token of tokens)
      expect(await whoAmI(token)).toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED" } });
  });

  test("makes nobody mightier than himself, and a key gives no role whose scopes it lacks", async () => {
    const admin = await signIn(org, "admin");
    const invite = (key: string, role: string) =>
      call("POST", "/v1/members", { email: `${crypto.randomUUID()}@example.com`, role }, { key });
    expect(await invite(admin, "owner")).toMatchObject({ status: 403, body: { errors: [{ path: "role" }] } });
    const editor = await invite(admin, "editor");
    expect(editor.status).toBe(201);
    const me = (await call("GET", "/v1/members/me", undefined, { key: admin })).body.id;
    for (const id of [me, editor.body.id])
      expect((await call("PATCH", `/v1/members/${id}`, { role: "owner" }, { key: admin })).status).toBe(403);
    const owner = (await invite(org.adminKey, "owner")).body.id;
    expect((await call("DELETE", `/v1/members/${owner}`, undefined, { key: admin })).status).toBe(403);
    const { secret } = await newKey({ scopes: ["members:write", "members:read"] });
    expect((await invite(secret, "viewer")).status).toBe(403);
  });

  test("of two organizations names the one, and reaches no third", async () => {
    const [other, third] = [await organization("Other"), await organization("Third")];
    const email = `${crypto.randomUUID()}@example.com`;
    for (const { call: as } of [org, other]) await as("POST", "/v1/members", { email, role: "viewer" });
    const token = await signToken(stack.signingKey, { sub: crypto.randomUUID(), email, email_verified: true });
    expect(await whoAmI(token)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("X-Organization-Id") },
    });
    const named = (id: string) => whoAmI(token, { "x-organization-id": id });
    expect((await named(other.id)).body.id).toBe(other.id);
    expect((await named(third.id)).status).toBe(401);
    expect((await named("nonsense")).status).toBe(401);
  });
});

test("whatever a token or a proxy says, what is stored of it can be read again", async () => {
  const email = `${crypto.randomUUID()}@example.com`;
  await org.call("POST", "/v1/members", { email, role: "viewer" });
  const claims = { sub: crypto.randomUUID(), email, email_verified: true, name: "long ".repeat(100) };
  const key = await signToken(stack.signingKey, claims);
  expect((await call("GET", "/v1/members/me", undefined, { key })).status).toBe(200);
  expect((await org.call("GET", "/v1/members?limit=100")).status).toBe(200);
  const headers = { "cf-connecting-ip": "garbage" };
  expect((await org.call("POST", "/v1/products", { name: "x", category: "x" }, { headers })).status).toBe(201);
  const late = await org.call("POST", "/v1/keys", {
    name: "Late",
    scopes: ["search:read"],
    expiresAt: "9999-12-31T23:59:59.999999999Z",
  });
  expect(late).toMatchObject({ status: 400, body: { errors: [{ path: "expiresAt" }] } });
});

test("what happens is told, with who did it", async () => {
  const { id } = await newKey({});
  const [event] = await asTenant(
    org.id,
    'select type, actor_kind, actor_id is not null as "hasActor", request_id is not null as "hasRequest" from events where resource_id = $1',
    [id],
  );
  expect(event).toEqual({ type: "key.created", actor_kind: "key", hasActor: true, hasRequest: true });
});

test("what is refused is not told as if it had happened", async () => {
  const nowhere = crypto.randomUUID();
  for (const [method, path, body] of [
    ["DELETE", `/v1/documents/${nowhere}`],
    ["PATCH", `/v1/chatbots/${nowhere}`, { name: "x" }],
    ["DELETE", `/v1/members/${nowhere}`],
  ] as const)
    expect((await org.call(method, path, body)).status).toBe(404);
  expect(await asTenant(org.id, "select 1 from events where resource_id = $1", [nowhere])).toEqual([]);
});
