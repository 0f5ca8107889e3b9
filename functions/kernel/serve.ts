import { type Context, Hono } from "hono";
import * as z from "zod";
import { newId } from "../../db/columns.ts";
import { readCredentials } from "./auth/caller.ts";
import { type Ctx, type Platform, requestContext } from "./context.ts";
import type { Endpoint, StreamEvent } from "./endpoint.ts";
import { ApiError, describe, problemOf, STATUS, toApiError } from "./errors.ts";
import { once } from "./idempotency.ts";
import { LIMITS } from "./limits.ts";
import { log } from "./log.ts";
import { type RawBody, readBody, validate } from "./request.ts";
import { eventStream, STREAM_HEADERS } from "./sse.ts";

export type Variables = { Variables: { requestId: string; platform: Platform } };
export type Http = Context<Variables>;

/** The HTTP side of every endpoint: who, what, run, answer. Nothing else in the product reads a request. */
export function serve(
  endpoints: readonly Endpoint[],
  platformOf: (bindings: unknown, http: Http) => Platform,
): Hono<Variables> {
  const app = new Hono<Variables>();
  app.use(async (c, next) => {
    c.set("requestId", newId());
    c.set("platform", platformOf(c.env, c));
    const started = Date.now();
    await next();
    c.header("x-request-id", c.get("requestId"));
    c.header("x-content-type-options", "nosniff");
    c.header("access-control-allow-origin", new URL(c.req.url).origin); // keys do not belong into other pages
    c.header("x-ratelimit-limit", String(LIMITS.requestsPerMinute));
    c.header("ratelimit-policy", `"default";q=${LIMITS.requestsPerMinute};w=60`);
    log("info", "request", {
      requestId: c.get("requestId"),
      method: c.req.method,
      route: c.req.routePath,
      status: c.res.status,
      durationMs: Date.now() - started,
    });
  });
  app.onError((error, c) => problem(c, error));
  app.notFound((c) => problem(c, new ApiError("NOT_FOUND", "There is nothing at this path. See /docs.")));
  for (const endpoint of endpoints)
    app.on(endpoint.method.toUpperCase(), honoPath(endpoint.path), (c) => answer(c, endpoint));
  for (const [path, methods] of methodsByPath(endpoints))
    app.all(honoPath(path), (c) => {
      c.header("allow", methods);
      return problem(c, new ApiError("METHOD_NOT_ALLOWED", `This path takes ${methods}.`));
    });
  return app;
}

const honoPath = (path: string) => path.replace(/\{(\w+)\}/g, ":$1");

function methodsByPath(endpoints: readonly Endpoint[]): Map<string, string> {
  const methods = new Map<string, string>();
  for (const { path, method } of endpoints)
    methods.set(path, [methods.get(path), method.toUpperCase()].filter(Boolean).join(", "));
  return methods;
}

function problem(c: Http, thrown: unknown): Response {
  const error = toApiError(thrown, c.get("requestId"));
  const { retryAfterSeconds } = error.details;
  if (retryAfterSeconds) c.header("retry-after", String(retryAfterSeconds));
  if (error.code === "UNAUTHENTICATED") c.header("www-authenticate", 'Bearer realm="edgelore"');
  c.header("content-type", "application/problem+json");
  return c.body(JSON.stringify(problemOf(error, c.get("requestId"))), STATUS[error.code]);
}

/** Goes on for a while when the caller hangs up, so that what was begun is stored. */
function answer(c: Http, endpoint: Endpoint): Promise<Response> {
  const answering = run(c, endpoint);
  c.get("platform").waitUntil(answering.catch(() => undefined));
  return answering;
}

/** Ends a while after the caller has hung up. */
function leavingOf({ signal }: Request): AbortSignal {
  const leaving = new AbortController();
  const left = () => leaving.abort(new ApiError("UNAVAILABLE", "The reader left before the answer was complete."));
  signal.addEventListener("abort", () => setTimeout(left, LIMITS.answerAfterDisconnectMs), { once: true });
  return leaving.signal;
}

async function run(c: Http, endpoint: Endpoint): Promise<Response> {
  const platform = c.get("platform");
  const userAgent = c.req.header("user-agent")?.slice(0, 500);
  const origin = { requestId: c.get("requestId"), ipAddress: addressOf(c), userAgent };
  const credentials = await readCredentials(c.req.raw.headers, platform.env);
  const { success } = await platform.env.RATE_LIMITER.limit({ key: credentials.fingerprint });
  if (!success)
    throw new ApiError("RATE_LIMITED", `At most ${LIMITS.requestsPerMinute} requests a minute.`, {
      retryAfterSeconds: 60,
    });
  const ctx = requestContext(platform, origin, credentials, endpoint.scope);
  const { reply, replay } = endpoint;
  try {
    const { input, fingerprint } = await readInput(c, endpoint, ctx);
    const signal = leavingOf(c.req.raw);
    const { value, done } = await once<Begun>(ctx, {
      key: endpoint.method === "post" ? (c.req.header("idempotency-key") ?? null) : null,
      fingerprint: async () => `${endpoint.name}\n${JSON.stringify(input.params)}\n${await fingerprint()}`,
      replay:
        replay &&
        (async (resultId, state) => {
          const made = await replay(ctx, { ...input, signal, resultId }, state);
          return made === undefined ? undefined : begin(made);
        }),
      run: async (resultId) => begin(await endpoint.run(ctx, { ...input, signal, resultId })),
    });
    if ("events" in value) return stream(c, value, ctx, done);
    const status = reply.kind === "stream" ? 200 : reply.status;
    const body = reply.kind === "empty" ? null : JSON.stringify(reply.schema.parse(value.whole));
    await done(status);
    return body === null ? c.body(null, 204) : c.body(body, status, { "content-type": "application/json" });
  } finally {
    platform.waitUntil(ctx.ai.settle(ctx));
  }
}

/** Of a proxy that is not Cloudflare the header may hold anything. */
const addressOf = (c: Http) => z.union([z.ipv4(), z.ipv6()]).safeParse(c.req.header("cf-connecting-ip")).data;

type Begun = { whole: unknown } | { events: AsyncGenerator<StreamEvent>; first: IteratorResult<StreamEvent> };

/** What fails before a stream's first event is still an ordinary answer with its status. */
async function begin(value: unknown): Promise<Begun> {
  return isStream(value) ? { events: value, first: await value.next() } : { whole: value };
}

/** A stranger learns that first, and not what is wrong with the request. */
async function readInput(c: Http, endpoint: Endpoint, ctx: Ctx) {
  const body = endpoint.body ?? { kind: "none" };
  if (body.kind === "upload") await ctx.identify();
  try {
    const raw: RawBody = await readBody(c.req.raw, body);
    return {
      input: validate(endpoint, { params: c.req.param(), query: c.req.query(), body: raw }),
      fingerprint: raw.fingerprint,
    };
  } catch (error) {
    await ctx.identify();
    throw error;
  }
}

const isStream = (value: unknown): value is AsyncGenerator<StreamEvent> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

function stream(
  c: Http,
  { events, first }: Extract<Begun, { events: unknown }>,
  ctx: Ctx,
  done: (status: number) => Promise<void>,
): Response {
  const { requestId } = ctx;
  const { body, done: told } = eventStream(events, first, (error) => ({
    event: "error",
    data: problemOf(toApiError(error, requestId), requestId),
  }));
  const finish = async () => {
    const { failed } = await told;
    await done(failed ? 500 : 200);
    await ctx.ai.settle(ctx);
  };
  const afterwards = finish().catch((error) => log("error", "after the stream", { requestId, error: describe(error) }));
  c.get("platform").waitUntil(afterwards);
  return c.body(body as unknown as ReadableStream, 200, STREAM_HEADERS);
}
