import type { Hono } from "hono";
import { html, raw } from "hono/html";
import type { Variables } from "./serve.ts";

type Schema = { [key: string]: unknown; properties?: Record<string, Schema>; required?: string[] };
type Operation = {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters: {
    $ref?: string;
    name?: string;
    in?: string;
    required?: boolean;
    description?: string;
    schema?: Schema;
  }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { $ref?: string; description?: string; content?: Record<string, { schema: Schema }> }>;
};
type Document = {
  info: { title: string; description: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
code,pre{font:14px/1.45 ui-monospace,monospace}pre{background:#f5f5f3;padding:.75rem;overflow:auto;border-radius:6px}
h2{margin-top:3rem;border-bottom:1px solid #ddd}h3{margin-top:2rem}nav a{margin-right:1rem}
.method{display:inline-block;min-width:4rem;font-weight:700;text-transform:uppercase}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #eee}.muted{color:#666}
@media(prefers-color-scheme:dark){body{background:#16181a;color:#e8e8e6}pre{background:#222528}h2,td,th{border-color:#3a3d40}a{color:#8ab4f8}.muted{color:#9a9a98}}`;

const HEADERS = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cache-control": "public, max-age=300",
};

/** `/openapi.json`, and the same for people at `/docs`: one page, no script, nothing from elsewhere. */
export function serveReference(app: Hono<Variables>, openapi: Record<string, unknown>) {
  app.get("/openapi.json", (c) => {
    const here = { url: new URL(c.req.url).origin, description: "This server" };
    return c.json({ ...openapi, servers: here.url.startsWith("https:") ? [here] : openapi.servers }, 200, {
      "cache-control": "public, max-age=300",
    });
  });
  app.get("/docs", (c) => c.html(render(openapi as unknown as Document), 200, HEADERS));
}

function render({ info, tags, paths, components }: Document) {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${info.title} API</title><style>${raw(STYLE)}</style></head><body>
<h1>${info.title} API</h1><p>${info.description}</p><p><a href="/openapi.json">OpenAPI 3.1</a></p>
<nav>${tags.map(({ name }) => html`<a href="#${name}">${name}</a>`)}</nav>
${tags.map(
  ({ name }) => html`<h2 id="${name}">${name}</h2>
${operations.filter(({ operation }) => operation.tags[0] === name).map(renderOperation)}`,
)}
<h2 id="schemas">schemas</h2>
${Object.entries(components.schemas).map(([name, schema]) => html`<h3 id="schema-${name}">${name}</h3>${renderSchema(schema)}`)}
</body></html>`;
}

function renderOperation({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  const [status, reply] = Object.entries(operation.responses).find(([code]) => code.startsWith("2")) ?? [];
  const parameters = operation.parameters.filter(({ name }) => name !== undefined);
  return html`<section id="${operation.operationId}"><h3>${operation.summary}</h3>
<pre><span class="method">${method}</span> ${path}</pre><p>${operation.description}</p>
${
  parameters.length > 0
    ? html`<table><tr><th>Parameter</th><th>In</th><th>What</th></tr>
${parameters.map(
  (
    parameter,
  ) => html`<tr><td><code>${parameter.name}</code>${parameter.required ? "" : html` <span class="muted">optional</span>`}</td>
<td>${parameter.in}</td><td>${parameter.description ?? ""} <span class="muted">${typeOf(parameter.schema ?? {})}</span></td></tr>`,
)}</table>`
    : ""
}
${Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]) => html`<p>Body, <code>${type}</code>:</p>${renderSchema(schema)}`)}
<p>Answers ${status}${Object.entries(reply?.content ?? {}).map(([type, { schema }]) => html` <code>${type}</code> ${renderSchema(schema)}`)}</p>
</section>`;
}

function renderSchema(schema: Schema) {
  if (!schema.properties) return html`<span>${link(schema)}</span>`;
  return html`<table>${Object.entries(schema.properties).map(
    ([
      name,
      property,
    ]) => html`<tr><td><code>${name}</code>${schema.required?.includes(name) ? "" : html` <span class="muted">optional</span>`}</td>
<td>${link(property)}</td><td>${property.description ?? ""}</td></tr>`,
  )}</table>`;
}

function link(schema: Schema): ReturnType<typeof html> | string {
  const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
  return name ? html`<a href="#schema-${name}">${name}</a>` : typeOf(schema);
}

function typeOf(schema: Schema): string {
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (typeof schema.$ref === "string") return schema.$ref.split("/").at(-1) ?? "";
  if (choices) return choices.map(typeOf).join(" | ");
  if (Array.isArray(schema.enum)) return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items as Schema)}[]`;
  const bounds = [
    ["minimum", "≥"],
    ["maximum", "≤"],
    ["minLength", "at least"],
    ["maxLength", "at most"],
  ] as const;
  const limits = bounds.flatMap(([key, word]) => (schema[key] === undefined ? [] : [`${word} ${schema[key]}`]));
  return [schema.format ?? schema.type ?? "any", ...limits].join(" ");
}
