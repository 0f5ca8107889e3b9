import { expect, test } from "vitest";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { appWith } from "../app.ts";
import { asTenant, call, fixturesOf, organization, type TestOrganization } from "../harness.ts";

const KEY = `"key";q=${LIMITS.requestsPerMinute};w=60`;
const END_USER = `"end-user";q=${LIMITS.endUserRequestsPerMinute};w=60`;

const asking = async (org: TestOrganization) => {
  const path = `/v1/chatbots/${await fixturesOf(org).chatbot()}/messages`;
  return (body: object) => org.call("POST", path, { content: "Hello?", ...body });
};

/** A window of the stand-in begins with each minute: what has to lie within one does not begin at its end. */
async function earlyInAMinute() {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 30_000) await new Promise((resolve) => setTimeout(resolve, left + 100));
}

test("one end user gets no further than his limit, before anything is stored, and takes nothing from the others", {
  timeout: 90_000,
}, async () => {
  const [ours, theirs] = [await organization(), await organization()];
  const [ask, askTheirs] = [await asking(ours), await asking(theirs)];
  await earlyInAMinute();
  const within = await Promise.all(
    Array.from({ length: LIMITS.endUserRequestsPerMinute }, () => ask({ endUser: "ann" })),
  );
  expect(within.map(({ status }) => status)).toEqual(within.map(() => 200));
  expect(within[0]!.headers.get("ratelimit-policy")).toBe(`${KEY}, ${END_USER}`);
  expect(within[0]!.headers.get("ratelimit")).toBeNull();

  const refused = await ask({ endUser: "ann" });
  expect(refused).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
  expect(refused.body.detail).toContain(`${LIMITS.endUserRequestsPerMinute} requests a minute of one end user`);
  expect(refused.headers.get("content-type")).toBe("application/problem+json");
  expect(refused.headers.get("ratelimit-policy")).toBe(`${KEY}, ${END_USER}`);
  expect(refused.headers.get("ratelimit")).toBe('"end-user";r=0;t=60');
  expect(refused.headers.get("retry-after")).toBe("60");
  expect(await ask({ endUser: "ann", content: "" })).toMatchObject({ status: 400 });
  expect(await asTenant(ours.id, "select count(*)::integer as count from conversations")).toEqual([
    { count: LIMITS.endUserRequestsPerMinute },
  ]);

  expect((await ask({ endUser: "bob" })).status).toBe(200);
  expect((await askTheirs({ endUser: "ann" })).status).toBe(200);
  expect((await ask({ endUser: "bob", stream: true })).headers.get("ratelimit-policy")).toBe(`${KEY}, ${END_USER}`);
  const ofNobody = await ask({});
  expect([ofNobody.status, ofNobody.headers.get("ratelimit-policy")]).toEqual([200, KEY]);
});

test("every answer says what its caller may ask a minute, and a stranger stays one", async () => {
  const strangers = [
    await call("GET", "/v1/organization"),
    await call("GET", "/v1/organization", undefined, { key: `el_${"0".repeat(64)}` }),
  ];
  expect(strangers.map(({ status }) => status)).toEqual([401, 401]);
  const org = await organization();
  const others = [await call("GET", "/health"), await call("GET", "/v2"), await org.call("GET", "/v1/organization")];
  for (const { headers } of [...strangers, ...others]) expect(headers.get("ratelimit-policy")).toBe(KEY);
});

test("a caller beyond the limit is told which one, and when to come again", async () => {
  const org = await organization();
  const app = appWith({ RATE_LIMITER: { limit: async () => ({ success: false }) } });
  const get = (authorization?: string) =>
    app.request("/v1/organization", { headers: { ...(authorization && { authorization }) } });
  const { status, headers } = await get(`Bearer ${org.adminKey}`);
  expect([status, headers.get("ratelimit"), headers.get("retry-after")]).toEqual([429, '"key";r=0;t=60', "60"]);
  expect((await get()).status).toBe(401);
});

test.each([
  ["fails", () => Promise.reject(new Error("the limiter is gone"))],
  ["hangs", () => new Promise(() => undefined)],
])("a rate limiter that %s stops nobody", async (_, limit) => {
  const org = await organization();
  const app = appWith({ RATE_LIMITER: { limit } });
  const reply = await app.request("/v1/organization", { headers: { authorization: `Bearer ${org.adminKey}` } });
  expect([reply.status, ((await reply.json()) as { id: string }).id]).toEqual([200, org.id]);
});
