import * as z from "zod";
import { BUDGET_PERIODS, BUDGET_SUBJECTS, BUDGET_UNITS } from "../../db/words.ts";
import { SCOPES } from "./auth/scopes.ts";
import { DIALECTS, type DialectName, OPENAI_ERROR_CODES, OPENAI_ERROR_TYPES } from "./dialect.ts";
import type { Body, Endpoint, Reply } from "./endpoint.ts";
import { STATUS } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { policyField } from "./rate-limit.ts";

type Schema = Record<string, unknown>;

const STORABLE = "^[^\\u0000]*$";

const DESCRIPTION = `Edgelore gives every answer a source. Ids are UUIDs, times ISO 8601 in UTC, money integer micro-USD. Lists take
\`limit\` and \`cursor\`. Errors are \`application/problem+json\` with a stable \`code\`. Every POST takes an \`Idempotency-Key\`,
kept for 24 hours: the same request again is answered with what the first one made. One caller may make ${LIMITS.requestsPerMinute}
requests a minute, and ${LIMITS.endUserRequestsPerMinute} for one end user that they name, at each location of our network.
\`/v1/chat/completions\`, \`/v1/models\` and \`/v1/embeddings\` speak as OpenAI does, also of errors.`;

/** The OpenAPI 3.1 document of a registry of endpoints: what is validated is what is written here. */
export function openApi(endpoints: readonly Endpoint[]): Schema {
  const schemas: Record<string, Schema> = { Problem: PROBLEM, OpenAiError: OPENAI_ERROR };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] ??= {};
    paths[endpoint.path]![endpoint.method] = operation(endpoint, schemas);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Edgelore",
      version: "1.0.0",
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      contact: { name: "Edgelore", url: "https://github.com/edgelore/edgelore" },
    },
    servers: [
      {
        url: "https://{host}",
        description: "Production, where your worker is deployed",
        variables: { host: { default: "edgelore.your-account.workers.dev", description: "Its host name" } },
        "x-internal": false,
      },
    ],
    security: [{ bearer: [] }],
    tags: [...new Set(endpoints.map(tagOf))].map((name) => ({ name, description: `Operations of ${name}` })),
    paths,
    components: {
      schemas,
      responses: Object.fromEntries([
        ...PROBLEMS.map(([name, , description]) => [name, problemResponse(description, "edgelore", "Problem")]),
        ...OPENAI_PROBLEMS.map(([name, , description]) => [
          `OPENAI_${name}`,
          problemResponse(description, "openai", "OpenAiError"),
        ]),
      ]),
      headers: HEADERS,
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY, LastEventId: LAST_EVENT_ID },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: `An API key (el_…), or a token of the identity provider checked as RFC8725 says. Scopes: ${Object.keys(SCOPES).join(", ")}.`,
        },
      },
    },
  };
}

const tagOf = ({ name }: Endpoint) => name.split(".")[0]!;

function operation(endpoint: Endpoint, schemas: Record<string, Schema>) {
  const {
    name,
    summary,
    description,
    scope,
    params,
    query,
    body = { kind: "none" },
    reply,
    method,
    endUser,
    dialect = "edgelore",
  } = endpoint;
  const [problems, prefix] = dialect === "openai" ? [OPENAI_PROBLEMS, "OPENAI_"] : [PROBLEMS, ""];
  const limit = endUser && `At most ${LIMITS.endUserRequestsPerMinute} times a minute for one end user.`;
  return {
    operationId: name,
    tags: [tagOf(endpoint)],
    summary,
    description: [description, limit, `Scope: \`${scope}\`.`].filter(Boolean).join("\n\n"),
    parameters: [
      ...parameters("path", params, schemas),
      ...parameters("query", query, schemas),
      ...(method === "post" ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : []),
      ...(reply.kind === "sse" ? [{ $ref: "#/components/parameters/LastEventId" }] : []),
    ],
    ...(body.kind !== "none" && { requestBody: requestBody(body, dialect, schemas) }),
    responses: {
      [String("status" in reply ? reply.status : 200)]: response(reply, dialect, schemas),
      ...Object.fromEntries(
        problems
          .filter(([, , , applies]) => applies(endpoint))
          .map(([code, status]) => [String(status), { $ref: `#/components/responses/${prefix}${code}` }]),
      ),
    },
  };
}

/** The schema in JSON Schema 2020-12; schemas with an id stand once, under components. */
function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: Record<string, Schema>): Schema {
  const {
    $schema: _,
    $defs,
    ...root
  } = z.toJSONSchema(schema, { io, unrepresentable: "any", override: refine }) as Schema & {
    $defs?: Record<string, Schema>;
  };
  for (const [id, definition] of Object.entries($defs ?? {})) schemas[id] = relocate(definition) as Schema;
  const { id, ...named } = relocate(root) as Schema & { id?: string };
  if (!id) return named;
  schemas[id] = named;
  return { $ref: `#/components/schemas/${id}` };
}

/** What zod says in a way that OpenAPI's tools do not read, said in theirs. */
function refine({ jsonSchema }: { jsonSchema: Schema }) {
  if (jsonSchema.format === "uuid") {
    delete jsonSchema.pattern;
    jsonSchema.maxLength = 36;
  }
  if (jsonSchema.format === "date-time") {
    delete jsonSchema.pattern;
    jsonSchema.maxLength = 35;
  }
  if (jsonSchema.type === "integer") jsonSchema.format ??= "int32";
  delete jsonSchema.propertyNames;
}

const relocate = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === "$ref" && typeof inner === "string"
        ? [key, inner.replace("#/$defs/", "#/components/schemas/")]
        : [key, relocate(inner)],
    ),
  );
};

function parameters(place: "path" | "query", object: z.ZodObject | undefined, schemas: Record<string, Schema>) {
  if (!object) return [];
  const { properties = {}, required = [] } = schemaOf(object, "input", schemas) as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function requestBody(body: Exclude<Body, { kind: "none" }>, dialect: DialectName, schemas: Record<string, Schema>) {
  if (body.kind === "json") {
    const { takesUnknownFields } = DIALECTS[dialect];
    const schema = schemaOf(takesUnknownFields ? body.schema : body.schema.strict(), "input", schemas);
    return { required: true, content: { "application/json": { schema } } };
  }
  const form = schemaOf(body.fields.strict(), "input", schemas) as { properties?: Schema };
  const one = { type: "string", format: "binary", maxLength: body.fileBytesMax };
  const file = body.filesMax === 1 ? one : { type: "array", items: one, minItems: 1, maxItems: body.filesMax };
  return {
    required: true,
    content: {
      "multipart/form-data": { schema: { ...form, properties: { file, ...form.properties }, required: ["file"] } },
      "application/json": { schema: schemaOf(body.json.strict(), "input", schemas) },
    },
  };
}

function response(reply: Reply, dialect: DialectName, schemas: Record<string, Schema>) {
  if (reply.kind === "empty") return { description: "Done", headers: HEADER_REFS };
  const content: Record<string, unknown> = {};
  if ("schema" in reply) content["application/json"] = { schema: schemaOf(reply.schema, "output", schemas) };
  if (reply.kind === "table")
    content["text/csv"] = {
      schema: {
        type: "string",
        maxLength: 10_000_000,
        pattern: STORABLE,
        description: "RFC 4180, with a line of names",
      },
    };
  if (reply.kind === "file")
    content["application/octet-stream"] = {
      schema: {
        type: "string",
        format: "binary",
        maxLength: LIMITS.fileBytesMax,
        description: "Under the type that its bytes have",
      },
    };
  if (reply.kind === "lines")
    content["application/jsonl"] = {
      schema: {
        type: "string",
        maxLength: Number.MAX_SAFE_INTEGER,
        pattern: STORABLE,
        description: "A JSON object a line",
        "x-line": schemaOf(reply.line, "output", schemas),
      },
    };
  if ("events" in reply) {
    const told = Object.entries(reply.events).map(([event, schema]) => ({
      event,
      data: schemaOf(schema, "output", schemas),
    }));
    content["text/event-stream"] = {
      schema: {
        type: "string",
        maxLength: 10_000_000,
        pattern: STORABLE,
        description: `${
          dialect === "openai"
            ? "Lines of `data:` without names of events, then `data: [DONE]`, or an `OpenAiError` where it breaks off."
            : `Events, in order: ${told.map(({ event }) => `\`${event}\``).join(", ")}.`
        } A comment every ${LIMITS.streamCommentMs / 1000} s.`,
        "x-events": Object.fromEntries(told.map(({ event, data }) => [event, data])),
      },
    };
  }
  return { description: "Done", headers: HEADER_REFS, content };
}

const always = () => true;
type ProblemRow = [code: string, status: number, description: string, applies: (endpoint: Endpoint) => boolean];
const PROBLEMS: ProblemRow[] = [
  ["INVALID", STATUS.INVALID, "Something in the request is wrong; `errors` names each field", always],
  ["UNAUTHENTICATED", STATUS.UNAUTHENTICATED, "No credentials, or none that hold", always],
  [
    "BUDGET_EXCEEDED",
    STATUS.BUDGET_EXCEEDED,
    "A budget does not hold what a model would cost; `budget` says which, and when it begins anew",
    ({ method }) => method === "post",
  ],
  ["FORBIDDEN", STATUS.FORBIDDEN, "The credentials lack the scope", always],
  ["NOT_FOUND", STATUS.NOT_FOUND, "Your organization has no such thing", always],
  ["CONFLICT", STATUS.CONFLICT, "It conflicts with what is there", always],
  ["TOO_LARGE", STATUS.TOO_LARGE, "The body is too large", ({ body }) => body !== undefined],
  [
    "UNSUPPORTED_MEDIA_TYPE",
    STATUS.UNSUPPORTED_MEDIA_TYPE,
    "The body has another content type",
    ({ body }) => body !== undefined,
  ],
  [
    "UNPROCESSABLE",
    STATUS.UNPROCESSABLE,
    "The Idempotency-Key was used for another request, or what the request names cannot be used",
    ({ method }) => method === "post",
  ],
  [
    "RATE_LIMITED",
    STATUS.RATE_LIMITED,
    "Too many requests; `RateLimit` names the limit, `Retry-After` says when to come again",
    always,
  ],
  ["INTERNAL", STATUS.INTERNAL, "A fault of ours", always],
  ["UNAVAILABLE", STATUS.UNAVAILABLE, "The database or the model does not answer; see Retry-After", always],
];

/** The same in OpenAI's form, where a budget that is used up is a 429 too. */
const OPENAI_PROBLEMS: ProblemRow[] = PROBLEMS.filter(([code]) => code !== "BUDGET_EXCEEDED").map(
  ([code, status, description, applies]) => {
    if (code === "INVALID")
      return [code, status, "Something in the request is wrong; `param` names the field", applies];
    if (code !== "RATE_LIMITED") return [code, status, description, applies];
    return [
      code,
      status,
      "Too many requests, and `Retry-After` says when to come again; or, as `insufficient_quota`, a budget is used up",
      applies,
    ];
  },
);

const HEADERS = {
  "X-Request-Id": {
    description: "Tell it to us when something is wrong",
    schema: { type: "string", format: "uuid", maxLength: 36 },
  },
  "Retry-After": { description: "Seconds", schema: { type: "integer", format: "int32", minimum: 0, maximum: 86_400 } },
  "RateLimit-Policy": {
    description: "The limits that hold for this request: `q` requests in `w` seconds",
    schema: { type: "string", maxLength: 200, pattern: STORABLE },
    example: [policyField("key"), policyField("end-user")].join(", "),
  },
  RateLimit: {
    description:
      "What is left (`r`) of a limit, and when it is whole again (`t` seconds). Known, and told, when nothing is.",
    schema: { type: "string", maxLength: 200, pattern: STORABLE },
  },
  "Access-Control-Allow-Origin": {
    description: "Pages of this origin alone may read the answer",
    schema: { type: "string", format: "uri", maxLength: 300 },
  },
};
const HEADER_REFS = {
  "X-Request-Id": { $ref: "#/components/headers/X-Request-Id" },
  "RateLimit-Policy": { $ref: "#/components/headers/RateLimit-Policy" },
  RateLimit: { $ref: "#/components/headers/RateLimit" },
  "Access-Control-Allow-Origin": { $ref: "#/components/headers/Access-Control-Allow-Origin" },
};

const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "Sent again with the same key, a request is answered with what the first one made.",
  schema: { type: "string", minLength: 1, maxLength: LIMITS.idempotencyKeyCharsMax, pattern: STORABLE },
};

const LAST_EVENT_ID = {
  name: "Last-Event-ID",
  in: "header",
  required: false,
  description: "The `id` that was told last: what comes after it is told. Goes before `after`.",
  schema: { type: "string", maxLength: 200, pattern: STORABLE },
};

const problemResponse = (description: string, dialect: DialectName, schema: string) => ({
  description,
  headers: { ...HEADER_REFS, "Retry-After": { $ref: "#/components/headers/Retry-After" } },
  content: { [DIALECTS[dialect].errorType]: { schema: { $ref: `#/components/schemas/${schema}` } } },
});

const amount = { type: "integer", format: "int64", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const line = { type: "string", maxLength: 5_000, pattern: STORABLE };
const OPENAI_ERROR: Schema = {
  type: "object",
  description: "As OpenAI tells one",
  additionalProperties: false,
  required: ["error"],
  properties: {
    error: {
      type: "object",
      additionalProperties: false,
      required: ["message", "type", "code", "param"],
      properties: {
        message: line,
        type: { type: "string", enum: OPENAI_ERROR_TYPES },
        code: { type: "string", enum: OPENAI_ERROR_CODES },
        param: { ...line, type: ["string", "null"], description: "The field that is wrong, as `messages[0].content`" },
      },
    },
  },
};

const PROBLEM: Schema = {
  type: "object",
  description: "RFC 9457",
  required: ["type", "title", "status", "detail", "code", "requestId"],
  properties: {
    type: { type: "string", format: "uri-reference", maxLength: 500 },
    title: line,
    status: { type: "integer", format: "int32", minimum: 400, maximum: 599 },
    detail: line,
    code: { type: "string", enum: Object.keys(STATUS) },
    errors: {
      type: "array",
      maxItems: 1_000,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["path", "message"],
        properties: { path: line, message: line },
      },
    },
    requestId: { type: "string", format: "uuid", maxLength: 36 },
    documentId: {
      type: "string",
      format: "uuid",
      maxLength: 36,
      description: "The document there is, when the same bytes come again",
    },
    bytesMax: amount,
    missing: { ...amount, description: "Entries without a vector of the model that was to be switched to" },
    budget: {
      type: "object",
      description:
        "The budget that does not hold a call: what is spent of it, reserved by calls under way, and needed at most",
      additionalProperties: false,
      required: [
        "id",
        "subjectType",
        "subjectId",
        "period",
        "unit",
        "limit",
        "spent",
        "reserved",
        "needed",
        "model",
        "resetsAt",
      ],
      properties: {
        id: { type: "string", format: "uuid", maxLength: 36 },
        subjectType: { type: "string", enum: BUDGET_SUBJECTS },
        subjectId: { ...line, type: ["string", "null"] },
        period: { type: "string", enum: BUDGET_PERIODS },
        unit: { type: "string", enum: BUDGET_UNITS },
        limit: amount,
        spent: amount,
        reserved: amount,
        needed: { ...amount, type: ["integer", "null"], description: "Null for a model whose price nobody knows" },
        model: line,
        resetsAt: { type: ["string", "null"], format: "date-time", maxLength: 30 },
      },
    },
  },
  additionalProperties: false,
};
