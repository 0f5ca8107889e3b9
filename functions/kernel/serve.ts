import { type Context, Hono } from "hono";
import * as z from "zod";
import { newId } from "../../db/columns.ts";
import { readCredentials } from "./auth/caller.ts";
import { hashOf } from "./auth/hash.ts";
import { type Ctx, type Platform, requestContext } from "./context.ts";
import { CsvFile } from "./csv.ts";
import { DIALECTS, type Dialect } from "./dialect.ts";
import { type Endpoint, type FeedEvent, type Reply, StoredFile, type StreamEvent } from "./endpoint.ts";
import { ApiError, codeOf, describe, problemOf, toApiError } from "./errors.ts";
import { once } from "./idempotency.ts";
import { LIMITS } from "./limits.ts";
import { LINES_HEADERS, lineStream } from "./lines.ts";
import { log } from "./log.ts";
import { keepWithin, policyField } from "./rate-limit.ts";
import { type RawBody, readBody, validate } from "./request.ts";
import { eventStream, feedStream, STREAM_HEADERS } from "./sse.ts";
import { tellTrouble } from "./trouble.ts";

/** `dialect`: of the path that is asked, once that is known. */
export type Variables = { Variables: { requestId: string; platform: Platform; dialect?: Dialect } };
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
    c.header("ratelimit-policy", policyField("key"));
    const started = Date.now();
    await next();
    c.header("x-request-id", c.get("requestId"));
    c.header("x-content-type-options", "nosniff");
    c.header("access-control-allow-origin", new URL(c.req.url).origin); // keys do not belong into other pages
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
  for (const [path, { methods, dialect }] of byPath(endpoints))
    app.all(honoPath(path), (c) => {
      c.set("dialect", dialect);
      c.header("allow", methods);
      return problem(c, new ApiError("METHOD_NOT_ALLOWED", `This path takes ${methods}.`));
    });
  return app;
}

const honoPath = (path: string) => path.replace(/\{(\w+)\}/g, ":$1");

function byPath(endpoints: readonly Endpoint[]): Map<string, { methods: string; dialect: Dialect }> {
  const paths = new Map<string, { methods: string; dialect: Dialect }>();
  for (const endpoint of endpoints) {
    const methods = [paths.get(endpoint.path)?.methods, endpoint.method.toUpperCase()].filter(Boolean).join(", ");
    paths.set(endpoint.path, { methods, dialect: dialectOf(endpoint) });
  }
  return paths;
}

const dialectOf = ({ dialect = "edgelore" }: Endpoint): Dialect => DIALECTS[dialect];

function problem(c: Http, thrown: unknown): Response {
  const error = toApiError(thrown, c.get("requestId"));
  const { retryAfterSeconds, rateLimit } = error.details;
  if (retryAfterSeconds) c.header("retry-after", String(retryAfterSeconds));
  if (rateLimit) c.header("ratelimit", rateLimit);
  if (error.code === "UNAUTHENTICATED") c.header("www-authenticate", 'Bearer realm="edgelore"');
  const dialect = c.get("dialect") ?? DIALECTS.edgelore;
  for (const [name, value] of Object.entries(dialect.headersOf(error))) c.header(name, value);
  c.header("content-type", dialect.errorType);
  return c.body(JSON.stringify(dialect.errorOf(error, c.get("requestId"))), dialect.statusOf(error.code));
}

/** Goes on for a while when the caller hangs up, so that what was begun is stored. */
function answer(c: Http, endpoint: Endpoint): Promise<Response> {
  c.set("dialect", dialectOf(endpoint));
  const answering = run(c, endpoint);
  c.get("platform").waitUntil(answering.catch(() => undefined));
  return answering;
}

/** Ends a while after the caller has hung up; of a feed, whose end is lost to nobody, at once. */
function leavingOf({ signal }: Request, { kind }: Reply): AbortSignal {
  if (kind === "sse") return signal;
  const leaving = new AbortController();
  const left = () => leaving.abort(new ApiError("UNAVAILABLE", "The reader left before the answer was complete."));
  signal.addEventListener("abort", () => setTimeout(left, LIMITS.answerAfterDisconnectMs), { once: true });
  return leaving.signal;
}

async function run(c: Http, endpoint: Endpoint): Promise<Response> {
  const platform = c.get("platform");
  const userAgent = c.req.header("user-agent")?.slice(0, 500);
  const origin = { requestId: c.get("requestId"), operation: endpoint.name, ipAddress: addressOf(c), userAgent };
  const credentials = await readCredentials(c.req.raw.headers, platform.env);
  await keepWithin(platform.env, "key", credentials.fingerprint);
  const ctx = requestContext(platform, origin, credentials, endpoint.scope);
  const { reply, replay } = endpoint;
  const trouble: { error?: unknown } = {};
  let started = Date.now();
  try {
    const { input, fingerprint } = await readInput(c, endpoint, ctx);
    const endUser = endpoint.endUser?.(input);
    if (endUser !== undefined) {
      c.header("ratelimit-policy", policyField("end-user"), { append: true });
      await keepWithin(platform.env, "end-user", await hashOf(`${credentials.fingerprint} ${endUser}`));
    }
    started = Date.now();
    const signal = leavingOf(c.req.raw, reply);
    const { value, done } = await once<Begun>(ctx, {
      key: endpoint.method === "post" ? (c.req.header("idempotency-key") ?? null) : null,
      fingerprint: async () => `${endpoint.name}\n${JSON.stringify(input.params)}\n${await fingerprint()}`,
      replay:
        replay &&
        (async (resultId, state) => {
          const made = await replay(ctx, { ...input, signal, resultId }, state);
          return made === undefined ? undefined : begin(made, reply);
        }),
      run: async (resultId) => begin(await endpoint.run(ctx, { ...input, signal, resultId }), reply),
    });
    if ("feed" in value) return feed(c, endpoint, value, ctx);
    if ("lines" in value) return lines(c, endpoint, value, ctx);
    if ("events" in value) return stream(c, endpoint, value, ctx, done);
    const status = "status" in reply ? reply.status : 200;
    if (value.whole instanceof CsvFile) {
      await done(status);
      return download(c, value.whole);
    }
    if (value.whole instanceof StoredFile) {
      await done(status);
      return handOver(c, value.whole);
    }
    const body = "schema" in reply ? JSON.stringify(reply.schema.parse(value.whole)) : null;
    await done(status);
    return body === null ? c.body(null, 204) : c.body(body, status, { "content-type": "application/json" });
  } catch (error) {
    if (!isLeaving(c, error)) trouble.error = error;
    throw error;
  } finally {
    platform.waitUntil(ctx.ai.settle(ctx));
    platform.waitUntil(tellTrouble(ctx, endpoint.name, { ...trouble, durationMs: Date.now() - started }));
  }
}

/** Whether it ended because the caller has hung up, which is no fault. */
const isLeaving = (c: Http, error: unknown) => c.req.raw.signal.aborted && codeOf(error) === "UNAVAILABLE";

const download = (c: Http, { filename, text }: CsvFile) =>
  c.body(text, 200, {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": `attachment; filename="${filename}"`,
  });

/** Saved and never shown: whatever a user gave is nothing to run under our name. */
const handOver = (c: Http, { name, type, body }: StoredFile) =>
  c.body(body, 200, {
    "content-type": type,
    "content-disposition": `attachment; filename*=UTF-8''${extended(name)}`,
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, no-store",
  });

/** RFC 8187. */
const extended = (name: string) =>
  encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Of a proxy that is not Cloudflare the header may hold anything. */
const addressOf = (c: Http) => z.union([z.ipv4(), z.ipv6()]).safeParse(c.req.header("cf-connecting-ip")).data;

type Begun =
  | { whole: unknown }
  | { events: AsyncGenerator<StreamEvent>; first: IteratorResult<StreamEvent> }
  | { feed: AsyncGenerator<FeedEvent>; first: IteratorResult<FeedEvent> }
  | { lines: AsyncGenerator<unknown>; first: IteratorResult<unknown> };

/** What fails before a stream's first event is still an ordinary answer with its status. */
async function begin(value: unknown, { kind }: Reply): Promise<Begun> {
  if (isStream<unknown>(value) && kind === "lines") return { lines: value, first: await value.next() };
  if (isStream<FeedEvent>(value) && kind === "sse") return { feed: value, first: await value.next() };
  return isStream<StreamEvent>(value) ? { events: value, first: await value.next() } : { whole: value };
}

/** A stranger learns that first, and not what is wrong with the request. */
async function readInput(c: Http, endpoint: Endpoint, ctx: Ctx) {
  const body = endpoint.body ?? { kind: "none" };
  if (body.kind === "upload") await ctx.identify();
  try {
    const raw: RawBody = await readBody(c.req.raw, body);
    return {
      input: validate(endpoint, { params: c.req.param(), query: queryOf(c, endpoint), body: raw }),
      fingerprint: raw.fingerprint,
    };
  } catch (error) {
    await ctx.identify();
    throw error;
  }
}

/** A reader who comes back to a feed says in a header how far he was, and asks for the same URL. */
function queryOf(c: Http, { reply }: Endpoint): Record<string, string> {
  const lastId = reply.kind === "sse" ? c.req.header("last-event-id") : undefined;
  return lastId === undefined ? c.req.query() : { ...c.req.query(), after: lastId };
}

const isStream = <T>(value: unknown): value is AsyncGenerator<T> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

const errorEvent =
  (endpoint: Endpoint, { requestId }: Ctx) =>
  (error: unknown): StreamEvent =>
    dialectOf(endpoint).brokenOff(toApiError(error, requestId), requestId);

function feed(
  c: Http,
  endpoint: Endpoint,
  { feed: events, first }: Extract<Begun, { feed: unknown }>,
  ctx: Ctx,
): Response {
  const body = feedStream(events, first, (error) => {
    c.get("platform").waitUntil(tellTrouble(ctx, endpoint.name, { error, durationMs: 0 }));
    return errorEvent(endpoint, ctx)(error);
  });
  return c.body(body as unknown as ReadableStream, 200, STREAM_HEADERS);
}

function lines(c: Http, { name }: Endpoint, { lines, first }: Extract<Begun, { lines: unknown }>, ctx: Ctx): Response {
  const { requestId } = ctx;
  const body = lineStream(lines, first, (error) => {
    c.get("platform").waitUntil(tellTrouble(ctx, name, { error, durationMs: 0 }));
    return { ...problemOf(toApiError(error, requestId), requestId), type: "error" };
  });
  return c.body(body as unknown as ReadableStream, 200, LINES_HEADERS);
}

function stream(
  c: Http,
  endpoint: Endpoint,
  { events, first }: Extract<Begun, { events: unknown }>,
  ctx: Ctx,
  done: (status: number) => Promise<void>,
): Response {
  const { requestId } = ctx;
  const { body, done: told } = eventStream(events, first, errorEvent(endpoint, ctx), dialectOf(endpoint));
  const finish = async () => {
    const { error } = await told;
    await done(error === undefined ? 200 : 500);
    await ctx.ai.settle(ctx);
    if (error !== undefined && !isLeaving(c, error)) await tellTrouble(ctx, endpoint.name, { error, durationMs: 0 });
  };
  const afterwards = finish().catch((error) => log("error", "after the stream", { requestId, error: describe(error) }));
  c.get("platform").waitUntil(afterwards);
  return c.body(body as unknown as ReadableStream, 200, STREAM_HEADERS);
}
