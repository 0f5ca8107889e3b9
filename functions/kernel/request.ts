import type { z } from "zod";
import { hex, sha256 } from "./auth/hash.ts";
import { DIALECTS } from "./dialect.ts";
import type { Body, Endpoint, UploadedFile } from "./endpoint.ts";
import { ApiError, type FieldError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** What a request holds, read but not yet judged; `fingerprint` tells one body from another. */
export type RawBody = {
  fingerprint: () => Promise<string>;
  json?: unknown;
  files?: UploadedFile[];
  fields?: Record<string, unknown>;
};

/** Checks params, query and body together, so the caller learns all that is wrong at once. */
export function validate(endpoint: Endpoint, raw: { params: unknown; query: unknown; body: RawBody }) {
  const errors: FieldError[] = [];
  const check = (schema: z.ZodType | undefined, value: unknown) => {
    const result = schema?.safeParse(value);
    if (result && !result.success) errors.push(...result.error.issues.flatMap(explain));
    return result?.data;
  };
  const params = check(endpoint.params, raw.params) ?? {};
  const query = endpoint.query ? check(endpoint.query.strict(), raw.query) : noQuery(raw.query, errors);
  const { takesUnknownFields } = DIALECTS[endpoint.dialect ?? "edgelore"];
  const body = checkBody(endpoint.body ?? { kind: "none" }, raw.body, takesUnknownFields, check);
  if (errors.length > 0)
    throw new ApiError("INVALID", errors.map(({ path, message }) => `${path || "body"}: ${message}`).join("; "), {
      errors,
    });
  return { params, query, body };
}

function checkBody(
  body: Body,
  raw: RawBody,
  takesUnknownFields: boolean,
  check: (schema: z.ZodType, value: unknown) => unknown,
) {
  if (body.kind === "none") return undefined;
  if (body.kind === "json") return check(takesUnknownFields ? body.schema : body.schema.strict(), raw.json);
  if (!raw.files) return { form: "json", json: check(body.json.strict(), raw.json) };
  return { form: "file", file: raw.files[0], files: raw.files, fields: check(body.fields.strict(), raw.fields) };
}

function noQuery(query: unknown, errors: FieldError[]) {
  for (const path of Object.keys(query as object)) errors.push({ path, message: "is not a parameter here" });
  return {};
}

function explain(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.join(".");
  const nearest = issue.code === "invalid_union" ? nearestOf(issue.errors) : undefined;
  if (nearest) return nearest.flatMap((inner) => explain({ ...inner, path: [...issue.path, ...inner.path] }));
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: path ? `${path}.${key}` : key, message: "is not a field here" }));
  return [{ path, message: issue.message }];
}

/** Of the forms that something may have, the one whose fault lies deepest within it: that is the form it was meant to have. */
function nearestOf(forms: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const depthOf = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
  const [deepest] = forms.toSorted((a, b) => depthOf(b) - depthOf(a));
  return deepest && depthOf(deepest) > 0 ? deepest : undefined;
}

/** Reads the body within its limit, whatever the headers claim. */
export async function readBody(request: Request, body: Body): Promise<RawBody> {
  if (body.kind === "none") return { fingerprint: async () => "" };
  const type = (request.headers.get("content-type") ?? "").toLowerCase();
  if (body.kind === "upload" && type.startsWith("multipart/form-data")) return readUpload(request, body);
  if (type && !/^application\/([\w.+-]+\+)?json\b/.test(type))
    throw new ApiError(
      "UNSUPPORTED_MEDIA_TYPE",
      body.kind === "upload" ? "Send multipart/form-data or JSON." : "Send JSON.",
    );
  const bytes = await readBytes(request, LIMITS.jsonBodyBytesMax);
  const written = new TextDecoder().decode(bytes);
  try {
    return { fingerprint: async () => written, json: JSON.parse(written || "null", wellFormed) };
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError("INVALID", "The body is not JSON.", { errors: [{ path: "", message: "not JSON" }] });
  }
}

/** Half of a character, which JSON can write, is no text that a database stores. */
function wellFormed(key: string, value: unknown): unknown {
  if (key.isWellFormed() && (typeof value !== "string" || value.isWellFormed())) return value;
  const path = key.toWellFormed();
  throw new ApiError("INVALID", `${path}: holds half of a surrogate pair`, {
    errors: [{ path, message: "holds half of a surrogate pair" }],
  });
}

/** The parts around the file are small; a body that is larger than file and parts may be is not read to its end. */
const MULTIPART_OVERHEAD_BYTES = 100_000;

async function readUpload(
  request: Request,
  { fileBytesMax, filesMax }: Extract<Body, { kind: "upload" }>,
): Promise<RawBody> {
  const form = await readForm(request, fileBytesMax);
  const parts = form.filter(([name]) => name === "file").map(([, value]) => value);
  const fields = Object.fromEntries(form.filter(([name]) => name !== "file"));
  const problem =
    parts.length === 0 || !parts.every((part) => part instanceof File)
      ? "is missing"
      : parts.length > filesMax
        ? `at most ${filesMax} at once`
        : undefined;
  if (problem) throw new ApiError("INVALID", `file: ${problem}`, { errors: [{ path: "file", message: problem }] });
  const files: UploadedFile[] = [];
  for (const file of parts as File[]) {
    if (file.size > fileBytesMax) throw tooLarge(fileBytesMax, "file");
    files.push({ bytes: new Uint8Array(await file.arrayBuffer()), filename: file.name, mimeType: file.type });
  }
  return {
    async fingerprint() {
      const said = await Promise.all(
        files.map(async ({ filename, bytes }) => `${filename}\n${hex(await sha256(bytes))}`),
      );
      return `${said.join("\n")}\n${JSON.stringify(fields)}`;
    },
    files,
    fields,
  };
}

/** Parsed as it comes: held whole beside its parts, a large file would not fit into a worker. */
async function readForm(request: Request, fileBytesMax: number): Promise<[name: string, value: unknown][]> {
  const bytesMax = fileBytesMax + MULTIPART_OVERHEAD_BYTES;
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) throw tooLarge(fileBytesMax, "file");
  let size = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > bytesMax) controller.error(tooLarge(fileBytesMax, "file"));
      else controller.enqueue(chunk);
    },
  });
  try {
    const body = request.body?.pipeThrough(counted) ?? null;
    const headers = { "content-type": request.headers.get("content-type") ?? "" };
    const form = await new Response(body as unknown as BodyInit, { headers }).formData();
    return [...(form as unknown as Iterable<[string, unknown]>)];
  } catch (cause) {
    if (size > bytesMax) throw tooLarge(fileBytesMax, "file");
    throw new ApiError("INVALID", "The multipart body is damaged.", {
      cause,
      errors: [{ path: "", message: "not multipart/form-data" }],
    });
  }
}

const tooLarge = (bytesMax: number, field?: string) =>
  new ApiError("TOO_LARGE", `At most ${bytesMax} bytes are taken here.`, {
    extra: { bytesMax },
    ...(field && { errors: [{ path: field, message: `has more than ${bytesMax} bytes` }] }),
  });

async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) throw tooLarge(bytesMax);
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
