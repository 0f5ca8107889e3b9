import { beforeAll, describe, expect, test } from "vitest";
import { ENDPOINTS } from "../../functions/app.ts";
import { DIALECTS } from "../../functions/kernel/dialect.ts";
import type { Endpoint, Example } from "../../functions/kernel/endpoint.ts";
import {
  asTenant,
  call,
  events,
  fixturesOf,
  organization,
  signIn,
  stack,
  superuser,
  type TestOrganization,
} from "../harness.ts";

let ours: TestOrganization;
let theirs: TestOrganization;
/** Keys that have one scope each: of two, one lacks what an endpoint needs. */
let narrow: Record<"keys:write" | "search:read", string>;
beforeAll(async () => {
  [ours, theirs] = [await organization("Ours"), await organization("Theirs")];
  await superuser`update organizations set subscription_tier = 'enterprise' where id = ${ours.id}`; // each example makes its own things
  const keyWith = async (scope: string) =>
    (await ours.call<{ secret: string }>("POST", "/v1/keys", { name: scope, scopes: [scope] })).body.secret;
  narrow = { "keys:write": await keyWith("keys:write"), "search:read": await keyWith("search:read") };
});

const NOWHERE = "01999999-9999-7999-8999-999999999999";
const pathOf = ({ path }: Endpoint, params: Record<string, string> = {}) =>
  path.replace(/\{(\w+)\}/g, (_, name) => params[name] ?? (name === "number" ? "999999" : NOWHERE));
const isWrite = ({ method }: Endpoint) => method !== "get";
/** What they do stands in tables that tell of it themselves, or nowhere. */
const QUESTIONS = [
  "document.preview",
  "upload.preview",
  "search.query",
  "search.feedback",
  "message.send",
  "message.regenerate",
  "chat-completion.create",
  "embedding.create",
  "curated-answer.match",
];
/** In its path or, as clients of OpenAI do, in its body. */
const namesAThing = ({ name, path }: Endpoint) => /\{(\w+Id|model)\}/.test(path) || name === "chat-completion.create";
const hasBody = ({ body }: Endpoint) => body !== undefined && body.kind !== "none";

/** What a refusal holds, in the form of the endpoint's dialect. */
function refusal({ dialect }: Endpoint, status: number, problem: Refused) {
  if (dialect !== "openai") return { status, body: problem };
  const [first] = problem.errors ?? [];
  const error = {
    message: problem.detail ?? expect.any(String),
    type: "invalid_request_error",
    code: OPENAI_CODES[problem.code],
    param: first ? first.path : expect.toSatisfy((param) => param === null || typeof param === "string"),
  };
  return { status, body: { error } };
}
type Refused = { code: keyof typeof OPENAI_CODES; detail?: unknown; requestId?: unknown; errors?: { path: string }[] };
const OPENAI_CODES = {
  UNAUTHENTICATED: "invalid_api_key",
  FORBIDDEN: "insufficient_permissions",
  NOT_FOUND: "model_not_found",
  INVALID: "invalid_value",
  UNPROCESSABLE: "unprocessable",
};
const named = (endpoints: readonly Endpoint[]) => endpoints.map((endpoint) => [endpoint.name, endpoint] as const);

const urlOf = (endpoint: Endpoint, example: Example) => {
  const query = new URLSearchParams(example.query).toString();
  return pathOf(endpoint, example.params) + (query && `?${query}`);
};
const send = (endpoint: Endpoint, example: Example, options: Parameters<typeof call>[3]) =>
  call(endpoint.method.toUpperCase(), urlOf(endpoint, example), example.body, options);

/** What a feed tells first; then the reader leaves, or he would hear of it for as long as it lasts. */
async function firstOf(endpoint: Endpoint, example: Example) {
  const leave = new AbortController();
  const response = await fetch(stack.url + urlOf(endpoint, example), {
    headers: { authorization: `Bearer ${ours.adminKey}` },
    signal: leave.signal,
  });
  const told = await events(response).next();
  leave.abort();
  return { status: response.status, headers: response.headers, told: told.value! };
}

describe.each(named(ENDPOINTS))("%s", (_, endpoint) => {
  test.runIf(endpoint.reply.kind === "sse")("tells its example as it is described", async () => {
    const { status, headers, told } = await firstOf(endpoint, await endpoint.example(fixturesOf(ours)));
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(told.id).toBeTruthy();
    expect(endpoint.reply.events[told.event].safeParse(told.data).error).toBeUndefined();
  });

  test.runIf(endpoint.reply.kind !== "sse")("answers its example as it is described", async () => {
    const reply = await send(endpoint, await endpoint.example(fixturesOf(ours)), { key: await keyFor(endpoint) });
    expect(reply.body).not.toMatchObject({ [endpoint.dialect ? "error" : "code"]: expect.anything() });
    expect(reply.status).toBe(endpoint.reply.status ?? 200);
    if (endpoint.reply.kind === "lines") {
      const told = reply.text.trimEnd().split("\n");
      for (const line of told) expect(endpoint.reply.line.safeParse(JSON.parse(line)).error).toBeUndefined();
    } else if (endpoint.reply.kind === "file")
      expect(reply.headers.get("content-disposition")).toMatch(/^attachment; filename\*=UTF-8''/);
    else if (endpoint.reply.kind !== "empty") expect(endpoint.reply.schema.safeParse(reply.body).error).toBeUndefined();
    expect(reply.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.runIf(isWrite(endpoint) && !QUESTIONS.includes(endpoint.name))(
    "what it changes is an event, with who asked",
    async () => {
      const reply = await send(endpoint, await endpoint.example(fixturesOf(ours)), { key: ours.adminKey });
      const told = await asTenant(ours.id, "select distinct actor_kind from events where request_id = $1", [
        reply.headers.get("x-request-id"),
      ]);
      expect(told).toEqual([{ actor_kind: "key" }]);
    },
  );

  test("a stranger learns only that he is one", async () => {
    for (const key of [null, "el_0000", "nonsense", `el_${"0".repeat(64)}`]) {
      const reply = await call(
        endpoint.method.toUpperCase(),
        pathOf(endpoint),
        hasBody(endpoint) ? "junk" : undefined,
        { key },
      );
      const requestId = reply.headers.get("x-request-id");
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(reply).toMatchObject(refusal(endpoint, 401, { code: "UNAUTHENTICATED", requestId }));
      expect(reply.headers.get("content-type")).toBe(DIALECTS[endpoint.dialect ?? "edgelore"].errorType);
      expect(reply.headers.get("www-authenticate")).toContain("Bearer");
    }
  });

  test("a key without its scope is refused, and nothing is said about the request", async () => {
    const scopeless = narrow[endpoint.scope === "keys:write" ? "search:read" : "keys:write"];
    const reply = await call(
      endpoint.method.toUpperCase(),
      pathOf(endpoint),
      hasBody(endpoint) ? { junk: true } : undefined,
      { key: scopeless },
    );
    const detail = expect.stringContaining(endpoint.scope);
    expect(reply).toMatchObject(refusal(endpoint, 403, { code: "FORBIDDEN", detail }));
  });

  test.runIf(namesAThing(endpoint))("another organization's thing does not exist", async () => {
    const example = await endpoint.example(fixturesOf(ours));
    const reply = await send(endpoint, example, { key: theirs.adminKey });
    expect(reply).toMatchObject(refusal(endpoint, 404, { code: "NOT_FOUND" }));
  });

  test.runIf(/\{\w+\}/.test(endpoint.path))(
    "an id that is none is refused, one that is nowhere is not found",
    async () => {
      const example = await endpoint.example(fixturesOf(ours));
      const params = Object.keys(example.params ?? {});
      const junk = await send(
        endpoint,
        { ...example, params: Object.fromEntries(params.map((name) => [name, "1'; drop"])) },
        { key: ours.adminKey },
      );
      // Where the customer names the thing, this may be a name.
      const isName = params.some((param) => param === "endUserId" || param === "model");
      expect(junk.status).toBe(isName ? 404 : 400);
      const nowhere = await send(endpoint, { ...example, params: {} }, { key: ours.adminKey });
      expect(nowhere.status).toBe(404);
    },
  );

  test.runIf(hasBody(endpoint))(
    "a body of another shape, or not JSON, changes nothing and says what is wrong",
    async () => {
      const example = await endpoint.example(fixturesOf(ours));
      for (const body of [[], "{", "null"]) {
        const headers = { "content-type": "application/json" };
        const reply = await send(endpoint, { ...example, body }, { key: ours.adminKey, headers });
        expect(reply).toMatchObject(refusal(endpoint, 400, { code: "INVALID" }));
      }
    },
  );

  test.runIf(hasBody(endpoint))(
    "a field that nobody knows is refused by name, or by its dialect's custom is none",
    async () => {
      const example = await endpoint.example(fixturesOf(ours));
      const body = { ...(example.body as object), surprise: 1 };
      const reply = await send(endpoint, { ...example, body }, { key: ours.adminKey });
      if (endpoint.dialect === "openai") return expect(reply).toMatchObject({ status: 200 });
      expect(reply).toMatchObject({ status: 400, body: { code: "INVALID" } });
      expect(reply.body.errors).toContainEqual({ path: "surprise", message: "is not a field here" });
    },
  );

  test.runIf(!isWrite(endpoint))("an unknown parameter is refused by name", async () => {
    const example = await endpoint.example(fixturesOf(ours));
    const reply = await send(
      endpoint,
      { ...example, query: { ...example.query, surprise: "1" } },
      { key: await keyFor(endpoint) },
    );
    expect(reply).toMatchObject(refusal(endpoint, 400, { code: "INVALID", errors: [{ path: "surprise" }] }));
  });

  test.runIf(endpoint.method === "post")("sent twice with one Idempotency-Key it happens once", async () => {
    const example = await endpoint.example(fixturesOf(ours));
    const options = { key: ours.adminKey, headers: { "idempotency-key": crypto.randomUUID() } };
    const [first, again] = [await send(endpoint, example, options), await send(endpoint, example, options)];
    expect([first.status, again.status]).toEqual([first.status, first.status]);
    expect(first.status).toBeLessThan(300);
    if (endpoint.replay) expect(idOf(again.body)).toBe(idOf(first.body));
    expect(again.text).not.toMatch(/el_[0-9a-f]{64}|whsec_/);
    // Without a body and an id in its path there is no other request.
    if (!hasBody(endpoint) && !example.params) return;
    const other = await send(endpoint, await otherThan(endpoint, example), options);
    expect(other).toMatchObject(refusal(endpoint, 422, { code: "UNPROCESSABLE" }));
  });
});

/** An API key is no member, so that one endpoint needs a person; auth.test.ts signs one in. */
async function keyFor(endpoint: Endpoint): Promise<string> {
  return endpoint.name === "member.me" ? signIn(ours) : ours.adminKey;
}

const idOf = (body: { id?: string; message?: { id: string } }) => body.id ?? body.message?.id;

/** The same request about something else, as valid as the first. */
async function otherThan(endpoint: Endpoint, example: Example): Promise<Example> {
  const { body } = example;
  const field = ["name", "title", "content", "query", "input"].find((name) => name in ((body as object) ?? {}));
  if (field) return { ...example, body: { ...(body as object), [field]: "Something else" } };
  return endpoint.example(fixturesOf(ours));
}
