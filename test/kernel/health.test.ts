import { expect, test } from "vitest";
import { appWith } from "../app.ts";
import { call, stack } from "../harness.ts";

test("anybody may ask whether the worker runs, and whether what it needs answers, each with its latency", async () => {
  expect(await call("GET", "/health")).toMatchObject({ status: 200, body: { status: "ok" } });
  const { status, body } = await call("GET", "/ready");
  expect([status, body.status]).toEqual([200, "ready"]);
  for (const name of ["database", "files", "queue", "model", "identity"])
    expect([name, body.checks[name].ok, body.checks[name].latencyMs >= 0]).toEqual([name, true, true]);
});

test("an identity provider that gives no keys is what is not ready", async () => {
  const identity = {
    JWKS_URL: `${stack.url}/nothing`,
    JWT_ISSUER: "https://identity.example",
    JWT_AUDIENCE: "edgelore",
  };
  const reply = await appWith(identity).request("/ready");
  const { status, checks } = (await reply.json()) as { status: string; checks: Record<string, { ok: boolean }> };
  expect([reply.status, status]).toEqual([503, "not ready"]);
  expect(Object.entries(checks).map(([name, { ok }]) => `${name} ${ok}`)).toEqual([
    "database true",
    "files true",
    "queue true",
    "model true",
    "identity false",
  ]);
});

test("the API is described for programs and for people, without a script or anything from elsewhere", async () => {
  const openapi = await call("GET", "/openapi.json");
  expect(openapi).toMatchObject({ status: 200, body: { openapi: "3.1.0" } });
  expect(Object.keys(openapi.body.paths)).toContain("/v1/chatbots/{chatbotId}/messages");
  const docs = await call("GET", "/docs");
  expect(docs.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(docs.text).not.toMatch(/<script|src=|https?:\/\/(?!github)/);
  for (const { operationId } of Object.values(openapi.body.paths).flatMap((methods) =>
    Object.values(methods as object),
  ))
    expect(docs.text).toContain(`id="${operationId}"`);
});

test("what is not there, or not with that method, is said as a problem", async () => {
  expect(await call("GET", "/v2/nothing")).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
  const wrong = await call("DELETE", "/v1/search");
  expect(wrong).toMatchObject({ status: 405, body: { code: "METHOD_NOT_ALLOWED" } });
  expect(wrong.headers.get("allow")).toBe("POST");
});
