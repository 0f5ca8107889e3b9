import type { IncomingMessage, ServerResponse } from "node:http";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { signedHeaders } from "../../functions/channels/standard-webhooks.ts";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { asTenant, fixturesOf, idle, organization, superuser, type TestOrganization } from "../harness.ts";
import { openSite } from "../web.ts";

type Told = { id: string; type: string; data: { id: string; resourceId: string; data: Record<string, unknown> } };
type Received = { headers: IncomingMessage["headers"]; body: string; told: Told };
type Answer = { status: number; headers?: Record<string, string>; body?: string } | "hang";

/** A customer's server: what it was told, and what it answers the n-th time. */
async function openReceiver(
  answer: (n: number) => Answer | Promise<Answer> = () => ({ status: 200, body: "Thanks." }),
) {
  const received: Received[] = [];
  const site = await openSite();
  async function take(request: IncomingMessage, response: ServerResponse) {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    received.push({ headers: request.headers, body, told: JSON.parse(body) });
    const said = await answer(received.length);
    if (said !== "hang") response.writeHead(said.status, said.headers).end(said.body);
  }
  site.pages["/hook"] = (request, response) => void take(request, response);
  const types = () => received.map(({ told }) => told.type);
  const resources = () => received.map(({ told }) => told.data.resourceId);
  return { url: `${site.url}/hook`, site, received, types, resources };
}
type Receiver = Awaited<ReturnType<typeof openReceiver>>;

const subscribe = async (org: TestOrganization, { url }: Pick<Receiver, "url">, types: string[] = []) =>
  (await org.call("POST", "/v1/webhook-endpoints", { url, types })).body as { id: string; secret: string };
const endpointOf = async (org: TestOrganization, id: string) =>
  (await org.call("GET", `/v1/webhook-endpoints/${id}`)).body;
const deliveriesOf = async (org: TestOrganization, id: string, query = "") =>
  (await org.call("GET", `/v1/webhook-endpoints/${id}/deliveries${query}`)).body.items;
/** Tells one event, by something that makes it. */
const happen = (org: TestOrganization) => fixturesOf(org).budget();

const soon = <T>(look: () => T | Promise<T>) => vi.waitFor(look, { timeout: 20_000, interval: 50 });

/** As the library of Standard Webhooks verifies it. */
function isSignedBy(secret: string, { headers, body }: Pick<Received, "headers" | "body">) {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

let org: TestOrganization;
beforeEach(async () => {
  org = await organization();
});

describe("what happens", () => {
  test("is told in order, once each, signed, with the event as it is listed but for a person's address", async () => {
    const receiver = await openReceiver();
    const { id, secret } = await subscribe(org, receiver, ["budget."]);
    const made: string[] = [];
    for (let n = 0; n < 10; n++) made.push(await happen(org));
    await fixturesOf(org).product(); // of a type that was not asked for
    await soon(() => expect(receiver.resources()).toEqual(made));
    const [event] = (await org.call("GET", "/v1/events?type=budget.created&limit=1")).body.items;
    const { ipAddress: _, userAgent: __, ...data } = event;
    const last = receiver.received.at(-1)!;
    expect(last.told).toEqual({ type: "budget.created", timestamp: event.createdAt, data });
    expect(last.headers).toMatchObject({ "webhook-id": event.id, "content-type": "application/json" });
    for (const each of receiver.received) expect(isSignedBy(secret, each)).toBe(true);
    await idle(org);
    const [delivery, ...others] = await deliveriesOf(org, id);
    expect(others).toHaveLength(9);
    expect(delivery).toMatchObject({
      id: event.id,
      type: "budget.created",
      status: "delivered",
      attempts: 1,
      requestBody: last.body,
      responseStatus: 200,
      responseBody: "Thanks.",
      error: null,
    });
  });

  test("is told of every event, also of those that SQL tells by itself", async () => {
    const receiver = await openReceiver();
    await subscribe(org, receiver, ["budget.alerted"]);
    await org.call("POST", "/v1/budgets", { period: "day", unit: "tokens", limit: 1, enforcement: "soft" });
    await fixturesOf(org).conversation();
    await soon(() => expect(receiver.types().length).toBeGreaterThan(0));
    expect(receiver.received[0]!.told.data.data).toMatchObject({ limit: 1 });
  });

  test("in another organization is never told", async () => {
    const theirs = await organization("Theirs");
    const [receiver, other] = [await openReceiver(), await openReceiver()];
    await subscribe(org, receiver);
    await subscribe(theirs, other);
    const [ours, foreign] = [await happen(org), await happen(theirs)];
    await soon(() => expect(receiver.resources()).toContain(ours));
    await soon(() => expect(other.resources()).toContain(foreign));
    expect([receiver.resources().includes(foreign), other.resources().includes(ours)]).toEqual([false, false]);
  });

  test("to an endpoint itself is not told to it, but to others", async () => {
    const [first, second] = [await openReceiver(), await openReceiver()];
    const { id } = await subscribe(org, first, ["webhook-endpoint."]);
    await subscribe(org, second, ["webhook-endpoint."]);
    await org.call("PATCH", `/v1/webhook-endpoints/${id}`, { description: "Ours" });
    await soon(() => expect(second.types()).toEqual(["webhook-endpoint.updated"]));
    expect(first.types()).toEqual(["webhook-endpoint.created"]);
  });

  test("and is too large to be told is told without what it says of itself", async () => {
    const receiver = await openReceiver();
    const { id } = await subscribe(org, receiver, ["test."]);
    await asTenant(
      org.id,
      `insert into events (id, type, data) values (new_id(), 'test.large', jsonb_build_object('text', repeat('é', 10000)))`,
    );
    await org.call("PATCH", `/v1/webhook-endpoints/${id}`, { description: "Go on" }); // else the sweep's minute is waited for
    await soon(() => expect(receiver.types()).toEqual(["test.large"]));
    expect(receiver.received[0]!.told.data.data).toEqual({});
    expect(Buffer.byteLength(receiver.received[0]!.body)).toBeLessThan(LIMITS.webhookBytesMax);
  });
});

const endpointsOf = async (of: TestOrganization) => (await of.call("GET", "/v1/webhook-endpoints")).body.items;

/** As if the time until the next try had passed, or that many tries had failed before. */
async function passTime(of: TestOrganization, endpointId: string, failures?: number) {
  await asTenant(
    of.id,
    "update webhook_endpoints set retry_at = null, failures = coalesce($2, failures) where id = $1",
    [endpointId, failures ?? null],
  );
  await asTenant(of.id, "update jobs set run_after = now() where subject_id = $1", [endpointId]);
  await happen(of);
}

describe("an endpoint that fails", () => {
  test("is asked again after some seconds, and what is behind waits for it in order, untried", async () => {
    const receiver = await openReceiver((n) => ({ status: n === 1 ? 500 : 204 }));
    const { id } = await subscribe(org, receiver, ["budget."]);
    const made = [await happen(org)];
    await soon(async () => expect(await endpointOf(org, id)).toMatchObject({ status: "active", failures: 1 }));
    for (let n = 0; n < 3; n++) made.push(await happen(org));
    const began = Date.now();
    const [{ retryAt }, [, , , first]] = [await endpointOf(org, id), await deliveriesOf(org, id)];
    expect(Date.parse(retryAt) - began).toBeLessThan(6_000);
    expect(first).toMatchObject({ status: "pending", attempts: 1, responseStatus: 500, error: "It answered 500." });
    await soon(() => expect(receiver.resources()).toEqual([made[0], ...made]));
    expect(Date.now()).toBeGreaterThan(Date.parse(retryAt) - 100);
    await soon(async () => expect(await endpointOf(org, id)).toMatchObject({ failures: 0, retryAt: null }));
  });

  test.each<[string, Answer, object]>([
    ["redirects", { status: 301, headers: { location: "https://example.com/elsewhere" } }, { responseStatus: 301 }],
    ["refuses", { status: 400, body: "\0\u{1F600} no" }, { responseStatus: 400, responseBody: "\u{1F600} no" }],
  ])("because it %s has failed, and the redirect is not followed", async (_, answer, expected) => {
    const receiver = await openReceiver(() => answer);
    const { id } = await subscribe(org, receiver, ["budget."]);
    await happen(org);
    await soon(async () =>
      expect((await deliveriesOf(org, id))[0]).toMatchObject({ status: "pending", attempts: 1, ...expected }),
    );
    expect(receiver.site.paths()).toEqual(["/hook"]);
  });

  test("and says when to come again is not asked before", async () => {
    const receiver = await openReceiver(() => ({ status: 429, headers: { "retry-after": "7200" } }));
    const { id } = await subscribe(org, receiver, ["budget."]);
    await happen(org);
    await soon(async () => expect((await endpointOf(org, id)).failures).toBe(1));
    const seconds = (Date.parse((await endpointOf(org, id)).retryAt) - Date.now()) / 1_000;
    expect(seconds).toBeGreaterThan(7_100);
    expect(seconds).toBeLessThanOrEqual(7_200);
  });

  test("after each try waits longer, by the schedule, and after the last is disabled aloud and goes on with the next when it is enabled", async () => {
    let status = 503;
    const receiver = await openReceiver(() => ({ status }));
    const watcher = await openReceiver();
    await subscribe(org, watcher, ["webhook-endpoint.disabled"]);
    const { id } = await subscribe(org, receiver, ["budget."]);
    await happen(org);
    const waits: number[] = [];
    for (const [index, seconds] of LIMITS.webhookRetrySeconds.entries()) {
      await soon(async () => expect(await endpointOf(org, id)).toMatchObject({ failures: index + 1 }));
      const { retryAt } = await endpointOf(org, id);
      waits.push((Date.parse(retryAt) - Date.now()) / 1_000 / seconds);
      await passTime(org, id);
    }
    for (const share of waits) expect(Math.abs(share - 1)).toBeLessThan(0.4);
    for (const share of waits.slice(1)) expect(Math.abs(share - 1)).toBeLessThan(0.11);
    await soon(async () => expect((await endpointOf(org, id)).status).toBe("disabled"));
    expect((await endpointOf(org, id)).disabledReason).toMatch(/given up after 10 tries/);
    const [failed, ...more] = await deliveriesOf(org, id, "?status=failed");
    expect([failed.attempts, more]).toEqual([10, []]);
    expect(receiver.received).toHaveLength(10);
    await soon(() => expect(watcher.types()).toEqual(["webhook-endpoint.disabled"]));

    await happen(org); // while it is disabled
    status = 200;
    await org.call("PATCH", `/v1/webhook-endpoints/${id}`, { status: "active" });
    const now = await happen(org);
    await soon(() => expect(receiver.resources().at(-1)).toBe(now));
    expect(receiver.received).toHaveLength(10 + 9 + 1); // what waited behind, and what happens from then on
    await org.call("POST", `/v1/webhook-endpoints/${id}/deliveries/${failed.id}/replay`);
    await soon(() => expect(receiver.received.at(-1)!.headers["webhook-id"]).toBe(failed.id));
  });

  test("because it is gone is disabled at once, and told nothing more", async () => {
    const receiver = await openReceiver(() => ({ status: 410 }));
    const { id } = await subscribe(org, receiver, ["budget."]);
    await happen(org);
    await soon(async () =>
      expect(await endpointOf(org, id)).toMatchObject({ status: "disabled", disabledReason: /410/ }),
    );
    await happen(org);
    await idle(org);
    expect(receiver.received).toHaveLength(1);
    const told = await org.call("GET", "/v1/events?type=webhook-endpoint.disabled");
    expect(told.body.items).toMatchObject([{ resourceId: id, severity: "error" }]);
  });

  test("because it never answers has failed after 15 seconds", { timeout: 40_000 }, async () => {
    const receiver = await openReceiver((n) => (n === 1 ? "hang" : { status: 200 }));
    const { id } = await subscribe(org, receiver, ["budget."]);
    await happen(org);
    await vi.waitFor(async () => expect((await endpointOf(org, id)).failures).toBe(1), {
      timeout: 20_000,
      interval: 200,
    });
    expect((await deliveriesOf(org, id))[0]).toMatchObject({ error: /within 15 seconds/, responseStatus: null });
  });
});

test("a worker that dies between sending and writing it down tells it again, under the same id, and nothing is lost", async () => {
  const receiver = await openReceiver(async (n) => {
    // The lease is somebody else's, as it is after a crash.
    if (n === 1)
      await asTenant(
        org.id,
        "update jobs set attempts = attempts + 1, lease_until = now() where kind = 'webhook.deliver'",
      );
    return { status: 200 };
  });
  await subscribe(org, receiver, ["budget."]);
  const made = [await happen(org)];
  await soon(() => expect(receiver.received).toHaveLength(1));
  made.push(await happen(org));
  await soon(() => expect(receiver.resources()).toEqual([made[0], ...made]));
  const [first, again] = receiver.received;
  expect(again!.headers["webhook-id"]).toBe(first!.headers["webhook-id"]);
});

test("what nobody was woken for the sweep finds, once, and only for who is active and has something to be told", async () => {
  const [told, idler, disabled] = await Promise.all(
    ["test.", "none.at_all", "test."].map((type) => subscribe(org, { url: "https://example.com/hook" }, [type])),
  );
  await asTenant(org.id, "insert into events (id, type) values (new_id(), 'test.happened')");
  await asTenant(org.id, "update webhook_endpoints set status = 'disabled' where id = $1", [disabled!.id]);
  for (let n = 0; n < 2; n++) await asTenant(null, "select due_webhooks(1000)");
  const jobs = await asTenant(org.id, "select kind, subject_id from jobs where subject_id = any ($1::uuid[])", [
    `{${[told, idler, disabled].map((each) => each!.id)}}`,
  ]);
  expect(jobs).toEqual([{ kind: "webhook.deliver", subject_id: told!.id }]);
});

test("16 who write at once wait for nobody who tells the same endpoint, and each event is told once", async () => {
  const receiver = await openReceiver();
  await subscribe(org, receiver, ["budget."]);
  const made = await Promise.all(Array.from({ length: 16 }, async () => [await happen(org), await happen(org)]));
  await soon(() => expect(receiver.received).toHaveLength(32));
  expect(receiver.resources().sort()).toEqual(made.flat().sort());
});

describe("a secret", () => {
  test("is shown once, and a new one signs beside it for a day", async () => {
    const receiver = await openReceiver();
    const { id, secret } = await subscribe(org, receiver, ["budget."]);
    expect(Buffer.from(secret.replace("whsec_", ""), "base64")).toHaveLength(32);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const path = `/v1/webhook-endpoints/${id}/secrets`;
    const rotated = (await org.call("POST", path, undefined, { headers })).body;
    expect((await org.call("POST", path, undefined, { headers })).body).toMatchObject({ id, secret: null });
    expect(rotated.secret).not.toBe(secret);
    await happen(org);
    await soon(() => expect(receiver.received).toHaveLength(1));
    for (const each of [secret, rotated.secret]) expect(isSignedBy(each, receiver.received[0]!)).toBe(true);
    await asTenant(org.id, "update webhook_endpoints set previous_secret_expires_at = now()");
    await happen(org);
    await soon(() => expect(receiver.received).toHaveLength(2));
    expect([secret, rotated.secret].map((each) => isSignedBy(each, receiver.received[1]!))).toEqual([false, true]);
  });

  test("stands nowhere as it is, and is read nowhere but in its place", async () => {
    const receiver = await openReceiver();
    const [mine, other] = [
      await subscribe(org, receiver, ["budget."]),
      await subscribe(org, receiver, ["none.at_all"]),
    ];
    const rows =
      await superuser`select to_jsonb(w)::text as text from webhook_endpoints w where organization_id = ${org.id}`;
    const events = await superuser`select data::text as text from events where organization_id = ${org.id}`;
    const stored = [...rows, ...events].map(({ text }) => text).join();
    for (const { secret } of [mine, other])
      for (const form of [secret, Buffer.from(secret.slice(6), "base64").toString("hex")])
        expect(stored).not.toContain(form);
    await asTenant(
      org.id,
      "update webhook_endpoints set secret = (select secret from webhook_endpoints where id = $2) where id = $1",
      [mine.id, other.id],
    );
    await happen(org);
    await soon(async () =>
      expect((await deliveriesOf(org, mine.id))[0]).toMatchObject({
        error: "Its secret cannot be opened.",
        attempts: 1,
      }),
    );
    expect(receiver.received).toEqual([]);
    const plain = asTenant(org.id, "update webhook_endpoints set secret = $1", [mine.secret]);
    await expect(plain).rejects.toMatchObject({ code: "23514" });
  });
});

describe("what was told", () => {
  test("is told again, one or those of a time, also such as it was never told of, and in order", async () => {
    const receiver = await openReceiver();
    const from = new Date(Date.now() - 60_000).toISOString();
    const before = await happen(org);
    const { id } = await subscribe(org, receiver, ["budget."]);
    const made = [await happen(org), await happen(org)];
    await soon(() => expect(receiver.resources()).toEqual(made));
    await idle(org);
    const [, first] = await deliveriesOf(org, id);
    const again = await org.call("POST", `/v1/webhook-endpoints/${id}/deliveries/${first.id}/replay`);
    expect(again).toMatchObject({ status: 202, body: { id: first.id, status: "pending", attempts: 0 } });
    await soon(() => expect(receiver.resources()).toEqual([...made, made[0]]));
    await idle(org);
    const to = new Date(Date.now() + 1_000).toISOString();
    const range = await org.call("POST", `/v1/webhook-endpoints/${id}/replay`, { from, to });
    expect(range).toMatchObject({ status: 202, body: { replayed: 3 } });
    await soon(() => expect(receiver.resources()).toEqual([...made, made[0], before, ...made]));
  });

  test("names no erased person any more, whatever the endpoint answered", async () => {
    const person = `Zoë ${crypto.randomUUID()}`;
    const receiver = await openReceiver(() => ({ status: 200, body: `Hello ${person}` }));
    const { id } = await subscribe(org, receiver, ["end-user.limited"]);
    await org.call("POST", `/v1/chatbots/${await fixturesOf(org).chatbot()}/messages`, {
      content: "Hi?",
      endUser: person,
    });
    await asTenant(
      org.id,
      "insert into events (id, type, data) values (new_id(), 'end-user.limited', jsonb_build_object('endUserId', $1::text))",
      [person],
    );
    await org.call("PATCH", `/v1/webhook-endpoints/${id}`, { description: "Go on" });
    await soon(async () => expect((await deliveriesOf(org, id))[0]).toMatchObject({ status: "delivered" }));
    expect(JSON.stringify(await deliveriesOf(org, id))).toContain(person);
    expect(await org.call("DELETE", `/v1/end-users/${encodeURIComponent(person)}`)).toMatchObject({ status: 200 });
    expect(JSON.stringify(await deliveriesOf(org, id))).not.toContain(person);
  });

  test("is forgotten after 30 days, but what an active endpoint is still to be told is not; a deleted one goes with its log", async () => {
    const receiver = await openReceiver((n) => ({ status: n < 3 ? 200 : 500 }));
    const [kept, gone] = [await subscribe(org, receiver, ["budget."]), await subscribe(org, receiver, ["budget."])];
    await happen(org);
    await soon(() => expect(receiver.received).toHaveLength(2));
    await happen(org);
    await soon(async () => expect(await deliveriesOf(org, kept.id, "?status=pending")).toHaveLength(1));
    await org.call("DELETE", `/v1/webhook-endpoints/${gone.id}`);
    await superuser`update webhook_deliveries set event_id = uuid_at(now() - interval '31 days' + sequence * interval '1 ms'),
      updated_at = now() - interval '31 days' where organization_id = ${org.id}`;
    for (let n = 0; n < 3; n++) await asTenant(null, "select maintain_webhooks(30, 1000)");
    const left = await asTenant(org.id, "select endpoint_id, status from webhook_deliveries");
    expect(left).toEqual([{ endpoint_id: kept.id, status: "pending" }]);
    expect((await asTenant(org.id, "select id from webhook_endpoints")).map((row) => row.id)).toEqual([kept.id]);
  });
});

describe("an address", () => {
  test.each([
    ["http://example.com/hook", "https"],
    ["https://127.0.0.1/hook", "public internet"],
    ["https://0x7f.1/hook", "public internet"],
    ["https://[::ffff:7f00:1]/hook", "public internet"],
    ["https://169.254.169.254/latest/meta-data", "public internet"],
    ["https://localhost/hook", "public internet"],
    ["https://db.internal/hook", "public internet"],
    ["https://user:word@example.com/hook", "password"],
    ["https://example.com:5432/hook", "5432"],
    ["nonsense", "address"],
  ])("%s is refused when it is given", async (url, why) => {
    const reply = await org.call("POST", "/v1/webhook-endpoints", { url });
    expect(reply).toMatchObject({
      status: 400,
      body: { errors: [{ path: "url", message: expect.stringContaining(why) }] },
    });
  });

  test.each(["https://private.example.com/hook", "https://missing.example.com/hook"])(
    "%s is refused when something is sent to it, by what its name leads to then",
    async (url) => {
      const { id } = await subscribe(org, { url }, ["none.at_all"]);
      const reply = await org.call("POST", `/v1/webhook-endpoints/${id}/test`);
      expect(reply).toMatchObject({
        status: 200,
        body: { responseStatus: null, error: expect.stringMatching(/internet|no site/) },
      });
    },
  );
});

test("a test is sent at once, signed, and tells what was answered, also to a disabled endpoint", async () => {
  const receiver = await openReceiver(() => ({ status: 418, body: "x".repeat(5_000) }));
  const { id, secret } = await subscribe(org, receiver, ["none.at_all"]);
  await org.call("PATCH", `/v1/webhook-endpoints/${id}`, { status: "disabled" });
  const reply = await org.call("POST", `/v1/webhook-endpoints/${id}/test`);
  expect(reply.body).toMatchObject({ responseStatus: 418, error: "It answered 418.", responseBody: "x".repeat(1_000) });
  expect(receiver.types()).toEqual(["webhook-endpoint.tested"]);
  expect(isSignedBy(secret, receiver.received[0]!)).toBe(true);
  expect(receiver.received[0]!.headers["webhook-id"]).toBe(reply.body.id);
});

test("an organization holds twenty endpoints, and deleted ones do not count", async () => {
  const url = "https://example.com/hook";
  for (let n = 0; n < 20; n++) await subscribe(org, { url });
  expect(await org.call("POST", "/v1/webhook-endpoints", { url })).toMatchObject({ status: 403 });
  const [{ id }] = await endpointsOf(org);
  await org.call("DELETE", `/v1/webhook-endpoints/${id}`);
  expect(await org.call("POST", "/v1/webhook-endpoints", { url })).toMatchObject({ status: 201 });
});

describe("the signature", () => {
  afterEach(() => void vi.useRealTimers());
  test("is that of the test vector in Standard Webhooks' JavaScript library", async () => {
    vi.useFakeTimers({ now: 1_614_265_330_000 });
    const message = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: '{"test": 2432232314}' };
    expect(await signedHeaders(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], message)).toEqual({
      "webhook-id": message.id,
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });
});
