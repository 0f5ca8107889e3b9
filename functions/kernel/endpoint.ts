import * as z from "zod";
import type { Json } from "../../db/json.ts";
import type { Scope } from "./auth/scopes.ts";
import type { Ctx } from "./context.ts";
import type { CsvFile } from "./csv.ts";
import type { DialectName } from "./dialect.ts";
import { LIMITS } from "./limits.ts";

/** The wire form of every id. */
export const id = (what: string) => z.uuid().meta({ description: `Id of the ${what}` });
export const instant = z.iso.datetime().meta({ description: "ISO 8601, UTC" });
export const integer = (min: number, max: number) =>
  z
    .int()
    .min(min)
    .max(max)
    .meta({ format: max > 2 ** 31 - 1 ? "int64" : "int32" });
export const count = integer(0, 2 ** 31 - 1);
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: NUL is what Postgres cannot store
const STORABLE = /^[^\u0000]*$/;
const NOT_BLANK = /^[^\u0000]*[^\s\u0000][^\u0000]*$/;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above
export const text = (max: number, min = 0) => z.string().min(min).max(max).regex(STORABLE, "must not hold NUL");
/** Text that says something. */
export const words = (max: number) => z.string().min(1).max(max).regex(NOT_BLANK, "must not be blank or hold NUL");
export const name = words(LIMITS.nameCharsMax);
/** A person, as the customer names them: whatever can stand in a path, percent-encoded, which these two cannot. */
export const endUserName = text(255, 1)
  .refine((name) => name !== "." && name !== "..", 'must not be "." or ".."')
  .meta({ description: "A person, as you name them" });
const JSON_DEPTH_MAX = 20;
const isDeep = (value: unknown, level = 0): boolean =>
  typeof value === "object" &&
  value !== null &&
  (level >= JSON_DEPTH_MAX || Object.values(value).some((inner) => isDeep(inner, level + 1)));

/** A JSON object of the caller's own making. */
export const freeObject = z
  .record(text(200), z.custom<Json>())
  .refine((value) => !isDeep(value), `at most ${JSON_DEPTH_MAX} levels deep`)
  .refine(
    (value) => JSON.stringify(value).length <= LIMITS.jsonValueCharsMax,
    `at most ${LIMITS.jsonValueCharsMax} characters as JSON`,
  )
  .meta({ maxProperties: 200 });

/** JSON where only text can stand, as in a part of a form or a parameter. */
export const asText = <T>(schema: z.ZodType<T>) =>
  text(LIMITS.jsonValueCharsMax)
    .transform((value, context) => {
      try {
        return JSON.parse(value, wellFormed) as unknown;
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);

/** Half of a character, which JSON can write, is no text that a database stores. */
function wellFormed(key: string, value: unknown): unknown {
  if (key.isWellFormed() && (typeof value !== "string" || value.isWellFormed())) return value;
  throw new SyntaxError("holds half of a surrogate pair");
}

export const freeObjectAsText = asText(freeObject).meta({ description: "A JSON object" });

export type Method = "get" | "post" | "put" | "patch" | "delete";

export type Body =
  | { kind: "none" }
  | { kind: "json"; schema: z.ZodObject }
  /** Files in parts `file`, of so many bytes together, with other fields beside them, or the same thing as JSON. */
  | { kind: "upload"; fields: z.ZodObject; json: z.ZodObject; fileBytesMax: number; filesMax: number };

export type Reply =
  | { kind: "json"; status: 200 | 201 | 202; schema: z.ZodType }
  | { kind: "empty"; status: 204 }
  /** JSON, or a CSV file when the query asks `format`. */
  | { kind: "table"; status: 200; schema: z.ZodType }
  /** The same answer whole, or told as it comes when the body asks `stream`. */
  | { kind: "stream"; schema: z.ZodType; events: Record<string, z.ZodType> }
  /** A feed, which goes on after the place that its query `after` or the header `Last-Event-ID` names. */
  | { kind: "sse"; events: Record<string, z.ZodType> }
  /** A file as it was given, to be downloaded. */
  | { kind: "file"; status: 200 }
  /** As many lines of JSON as there are, made while they are read; each is one of `line`. */
  | { kind: "lines"; line: z.ZodType };

export const json = <S extends z.ZodObject>(schema: S) => ({ kind: "json", schema }) as const;
export const upload = <F extends z.ZodObject, J extends z.ZodObject>(
  fields: F,
  jsonForm: J,
  fileBytesMax: number,
  filesMax = 1,
) => ({ kind: "upload", fields, json: jsonForm, fileBytesMax, filesMax }) as const;
export const replies = <S extends z.ZodType>(schema: S, status: 200 | 201 | 202 = 200) =>
  ({ kind: "json", status, schema }) as const;
export const nothing = { kind: "empty", status: 204 } as const;
export const table = <S extends z.ZodType>(schema: S) => ({ kind: "table", status: 200, schema }) as const;
export const streams = <S extends z.ZodType, E extends Record<string, z.ZodType>>(schema: S, events: E) =>
  ({ kind: "stream", schema, events }) as const;
export const sse = <E extends Record<string, z.ZodType>>(events: E) => ({ kind: "sse", events }) as const;

export const file = { kind: "file", status: 200 } as const;
export const lines = <L extends z.ZodType>(line: L) => ({ kind: "lines", line }) as const;

export type UploadedFile = { bytes: Uint8Array<ArrayBuffer>; filename: string; mimeType: string };
/** What was uploaded, on its way back. */
export class StoredFile {
  readonly name: string;
  readonly type: string;
  readonly body: ReadableStream;
  constructor(name: string, type: string, body: ReadableStream) {
    this.name = name;
    this.type = type;
    this.body = body;
  }
}
export type StreamEvent = { event: string; data: unknown };
/** What a feed tells, or only how far it is; a reader who comes back with the `id` is told what is after it. */
export type FeedEvent = { id: string } & (StreamEvent | { retryMs: number });

type BodyOf<B extends Body> = B extends { kind: "json"; schema: infer S extends z.ZodType }
  ? z.output<S>
  : B extends { kind: "upload"; fields: infer F extends z.ZodType; json: infer J extends z.ZodType }
    ?
        | { form: "file"; file: UploadedFile; files: UploadedFile[]; fields: z.output<F> }
        | { form: "json"; json: z.output<J> }
    : undefined;

type OutputOf<R extends Reply> = R extends { kind: "json"; schema: infer S extends z.ZodType }
  ? z.input<S>
  : R extends { kind: "stream"; schema: infer S extends z.ZodType }
    ? z.input<S> | AsyncGenerator<StreamEvent>
    : R extends { kind: "table"; schema: infer S extends z.ZodType }
      ? z.input<S> | CsvFile
      : R extends { kind: "file" }
        ? StoredFile
        : R extends { kind: "sse" }
          ? AsyncGenerator<FeedEvent>
          : R extends { kind: "lines"; line: infer L extends z.ZodType }
            ? AsyncGenerator<z.input<L>>
            : undefined;

export type Input<P, Q, B> = {
  params: P;
  query: Q;
  body: B;
  /** Ends when the caller has left and waiting any longer helps nobody. */
  signal: AbortSignal;
  /** The id of what the request makes: the same one when the request is sent again with its Idempotency-Key. */
  resultId: string;
};

/** What the contract tests call an endpoint with: valid ids of one organization, made when asked for. */
export type Fixtures = Record<Resource, () => Promise<string>> & {
  assignment(): Promise<{ chatbotId: string; documentId: string }>;
  answer(): Promise<{ conversationId: string; messageId: string }>;
  /** A message of which the caller has said something. */
  judgedMessage(): Promise<string>;
  /** A conversation that a person has taken over. */
  heldConversation(): Promise<string>;
  /** A chatbot, with a golden question of it. */
  goldenSet(): Promise<{ chatbotId: string; goldenQuestionId: string }>;
  /** A search, with an entry that it found. */
  search(): Promise<{ searchId: string; entryId: string }>;
  /** The name of a cron that may run at any time, another one each time. */
  cron(): Promise<string>;
  webhookDelivery(): Promise<{ endpointId: string; deliveryId: string }>;
  curatedAnswer(): Promise<{ chatbotId: string; curatedAnswerId: string }>;
  unansweredQuestion(): Promise<{ chatbotId: string; unansweredQuestionId: string }>;
  /** A model that the organization can change to now, another one each time. */
  embeddingModel(): Promise<string>;
};
export type Resource =
  | "organization"
  | "member"
  | "key"
  | "job"
  | "product"
  | "document"
  | "chatbot"
  | "conversation"
  | "message"
  /** That waits for its question. */
  | "attachment"
  | "endUser"
  | "webPage"
  | "website"
  | "embeddingMigration"
  | "budget"
  | "webhookEndpoint"
  | "adminFeedback"
  /** With suggestions, the first of which can be applied. */
  | "analyzedFeedback"
  | "appliedFeedback"
  | "goldenQuestion"
  | "questionProposal"
  | "eval";
export type Example = { params?: Record<string, string>; query?: Record<string, string>; body?: unknown };

type Spec<P extends z.ZodObject, Q extends z.ZodObject, B extends Body, R extends Reply> = {
  /** `noun.verb`: the file's name, the operation's id, and the prefix of its events. */
  name: `${string}.${string}`;
  method: Method;
  path: string;
  summary: string;
  description?: string;
  scope: Scope;
  /** In whose form it takes bodies, tells errors and streams; ours by default. */
  dialect?: DialectName;
  params?: P;
  query?: Q;
  body?: B;
  reply: R;
  /** For whom it is asked, if somebody is named: one person's requests are limited, so that the others' share is theirs. */
  endUser?: (input: { params: z.output<P>; query: z.output<Q>; body: BodyOf<B> }) => string | undefined;
  example: (fixtures: Fixtures) => Promise<Example>;
  /**
   * What a repeated POST answers: what the first one made, read again. Absent where running twice changes nothing more.
   * Undefined when nothing was made, so the request runs. `recovered`: the first one's worker died, whatever it had done.
   */
  replay?: (
    ctx: Ctx,
    input: Input<z.output<P>, z.output<Q>, BodyOf<B>>,
    state: "done" | "recovered",
  ) => Promise<OutputOf<R> | undefined>;
  run: (ctx: Ctx, input: Input<z.output<P>, z.output<Q>, BodyOf<B>>) => Promise<OutputOf<R>>;
};

// biome-ignore lint/suspicious/noExplicitAny: a registry holds endpoints of every shape; each was checked where it was written
export type Endpoint = Spec<any, any, any, any>;

/** An endpoint is data plus a function: validator, handler's types, OpenAPI and contract tests come from the one description. */
export const endpoint = <
  R extends Reply,
  P extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
  B extends Body = { kind: "none" },
>(
  spec: Spec<P, Q, B, R>,
): Endpoint => spec as unknown as Endpoint;
