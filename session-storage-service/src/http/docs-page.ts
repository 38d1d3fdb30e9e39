import { createHash } from "node:crypto";
import { DOCS_STYLE } from "./docs-style.js";
import type {
  OpenApiContent,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
} from "./openapi.js";
import type { JsonSchema } from "./openapi-schemas.js";
import { PROBLEMS } from "./problem.js";

/** The page runs nothing and loads nothing: it may use its own style and no more. */
export const DOCS_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(DOCS_STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The OpenAPI document as a page to read. */
export function docsPage(document: OpenApiDocument): string {
  const { title, version, description } = document.info as {
    title: string;
    version: string;
    description: string;
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => {
    return Object.entries(methods).map(([method, operation]) => ({ path, method, operation }));
  });
  const groups = document.tags.map(({ name, description: about }) => {
    const members = operations.filter(({ operation }) => operation.tags.includes(name));
    return { name, about, members };
  });
  const contents = groups.map(({ name, members }) => {
    const links = members.map(({ path, method, operation }) => {
      return `<li><a href="#${operation.operationId}">${badge(method)} <code>${escaped(path)}</code></a></li>`;
    });
    return `<li>${escaped(name)}<ul>${links.join("")}</ul></li>`;
  });
  const sections = groups.map(({ name, about, members }) => {
    const parts = members.map(({ path, method, operation }) => operationSection(path, method, operation));
    return `<section><h2 id="${name}">${escaped(name)}</h2>${prose(about)}${parts.join("")}</section>`;
  });
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title><style>${DOCS_STYLE}</style></head><body>`,
    `<header><h1>${escaped(title)} <small>${escaped(version)}</small></h1>${prose(description)}`,
    '<p>The same for machines: <a href="/openapi.json">/openapi.json</a>.</p></header>',
    `<nav aria-label="Contents"><ul>${contents.join("")}`,
    '<li><a href="#problems">Problems</a></li><li><a href="#schemas">Schemas</a></li></ul></nav>',
    `<main>${sections.join("")}${problemSection()}${schemaSection(document)}</main></body></html>`,
  ].join("\n");
}

function operationSection(path: string, method: string, operation: OpenApiOperation): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  return [
    `<article id="${operationId}"><h3>${badge(method)} <code>${escaped(path)}</code></h3>`,
    `<p><strong>${escaped(summary)}.</strong></p>`,
    description === undefined ? "" : prose(description),
    parameterTable(parameters),
    requestBody === undefined
      ? ""
      : `<h4>Body${requestBody.required ? "" : " (may be absent)"}</h4>${contentList(requestBody.content)}`,
    `<h4>Answers</h4><table><tbody>${Object.entries(responses).map(responseRow).join("")}</tbody></table></article>`,
  ].join("");
}

function parameterTable(parameters: readonly OpenApiParameter[]): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map(({ name, in: place, required, description, schema }) => {
    const about = [required ? "required" : "", description ?? ""].filter((text) => text !== "").join("; ");
    return `<tr><th scope="row"><code>${escaped(name)}</code></th><td>${place}</td><td>${shape(schema)}</td><td>${marked(about)}</td></tr>`;
  });
  const head = ["Parameter", "In", "Value", ""].map((text) => `<th scope="col">${text}</th>`).join("");
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function responseRow([status, { description, headers = {}, content }]: [string, OpenApiResponse]): string {
  const names = Object.keys(headers).map((name) => `<code>${name}</code>`);
  const sent = names.length === 0 ? "" : `<p>Headers: ${names.join(", ")}</p>`;
  const isProblem = Number(status) >= 400;
  const body = content === undefined || isProblem ? "" : contentList(content);
  return `<tr><th scope="row">${status}</th><td>${prose(description)}${sent}${body}</td></tr>`;
}

function contentList(content: OpenApiContent): string {
  const items = Object.entries(content).map(([type, { schema }]) => {
    return `<li><code>${escaped(type)}</code>: ${shape(schema)}${detail(schema)}</li>`;
  });
  return `<ul>${items.join("")}</ul>`;
}

function detail({ description }: JsonSchema): string {
  return typeof description === "string" ? ` ${marked(description)}` : "";
}

/** A schema in a few words, with links to those that have a name. */
function shape(schema: JsonSchema): string {
  const { $ref, anyOf, oneOf, type, items, enum: values, const: value } = schema;
  if (typeof $ref === "string") {
    const name = $ref.slice($ref.lastIndexOf("/") + 1);
    return `<a href="#schema-${name}">${name}</a>`;
  }
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices))
    return [...new Set(choices.map((choice) => shape(choice as JsonSchema)))].join(" or ");
  if (Array.isArray(values))
    return values.map((option) => `<code>${escaped(String(option))}</code>`).join(", ");
  if (value !== undefined) return `<code>${escaped(JSON.stringify(value))}</code>`;
  if (type === "array") return `array of ${shape((items ?? {}) as JsonSchema)}`;
  return `${escaped(typeNames(type))}${bounds(schema)}`;
}

function typeNames(type: unknown): string {
  if (Array.isArray(type)) return type.map(String).join(" or ");
  return typeof type === "string" ? type : "anything";
}

const BOUNDS = { minimum: "≥", maximum: "≤", default: "default" } as const;

function bounds(schema: JsonSchema): string {
  const shown = Object.entries(BOUNDS).flatMap(([key, sign]) => {
    const bound = schema[key];
    const isEdge = typeof bound === "number" && Math.abs(bound) === Number.MAX_SAFE_INTEGER;
    return bound === undefined || isEdge ? [] : `${sign} ${JSON.stringify(bound)}`;
  });
  return shown.length === 0 ? "" : ` (${escaped(shown.join(", "))})`;
}

function problemSection(): string {
  const rows = Object.entries(PROBLEMS).map(([code, { status, title }]) => {
    return `<tr id="${code}"><th scope="row"><code>${code}</code></th><td>${String(status)}</td><td>${escaped(title)}</td></tr>`;
  });
  return [
    '<section><h2 id="problems">Problems</h2><p>Every refusal is a problem document (RFC 9457) of type ',
    "<code>application/problem+json</code>; <code>code</code> is one of these, <code>errors</code> names each ",
    `offending place.</p><table><tbody>${rows.join("")}</tbody></table></section>`,
  ].join("");
}

function schemaSection({ components }: OpenApiDocument): string {
  const parts = Object.entries(components.schemas).map(([name, schema]) => {
    const text = escaped(JSON.stringify(schema, null, 2));
    return `<details id="schema-${name}"><summary><code>${name}</code></summary><pre>${text}</pre></details>`;
  });
  return `<section><h2 id="schemas">Schemas</h2>${parts.join("")}</section>`;
}

function badge(method: string): string {
  return `<b class="${method}">${method.toUpperCase()}</b>`;
}

function prose(text: string): string {
  return `<p>${marked(text)}</p>`;
}

/** Escaped text with `code` set as such. */
function marked(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
