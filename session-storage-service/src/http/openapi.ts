import type { ErrorCode } from "session-protocol";
import type { z } from "zod";
import { SchemaBook, type JsonSchema } from "./openapi-schemas.js";
import { NDJSON_TYPE } from "./media-type.js";
import { PROBLEM_TYPE, PROBLEMS } from "./problem.js";
import { problemsOf } from "./route-problems.js";
import {
  isWrite,
  type Answer,
  type BodySpec,
  type RequestHeader,
  type ResponseHeader,
  type Route,
} from "./route.js";

const TAGS = {
  sessions: "What an agent's work is kept under.",
  events: "Everything that happened in a session, in order.",
  state: "Where a session stands: phase, goals, agents and whatever else its agent keeps there.",
  actions: "What agents did and what models answered.",
  runs: "Executions of agents, step by step.",
  transcripts: "What agents keep of their conversations, for resuming them elsewhere.",
  query: "Questions across sessions.",
  live: "Events as they happen. WebSocket clients connect to `/ws`.",
  service: "The service itself.",
} satisfies Record<Route["tag"], string>;

const REQUEST_HEADERS = {
  "If-Match":
    "The state's version, or a transcript's number of entries, with or without quotes; any other refuses the write.",
  "Last-Event-ID": "The last `id:` the reader saw.",
} satisfies Record<RequestHeader, string>;

const RESPONSE_HEADERS = {
  ETag: "The state's version, or the transcript's number of entries, in quotes.",
  Link: 'The next page, with `rel="next"`, where there is one.',
  Location: "Where the new session is.",
  "Content-Disposition": "A name for the file.",
} satisfies Record<ResponseHeader, string>;

export interface OpenApiParameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export type OpenApiContent = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  readonly content?: OpenApiContent;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly OpenApiParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: OpenApiContent };
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: JsonSchema;
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly JsonSchema[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** OpenAPI 3.1 of the routes, from the schemas they check with. */
export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
  const book = new SchemaBook(routes);
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operation(route, book);
  return {
    openapi: "3.1.1",
    info: {
      title: "Session storage service",
      version,
      description: "Keeps everything AI agents did. Every path under `/api` is also there under `/api/v1`.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: book.referredBy(paths) },
  };
}

function operation(route: Route, book: SchemaBook): OpenApiOperation {
  const { method, path, tag, summary, description, body } = route;
  return {
    operationId:
      method + path.replace(/^\/api/, "").replaceAll(/\W+(\w?)/g, (_, first: string) => first.toUpperCase()),
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: [
      ...parameters("path", route.params, book),
      ...parameters("query", route.query, book),
      ...headerParameters(route),
    ],
    ...(body === undefined ? {} : { requestBody: requestBody(body, book) }),
    responses: { ...answers(route, book), ...refusals(route) },
  };
}

function parameters(
  place: "path" | "query",
  schema: z.ZodType | undefined,
  book: SchemaBook,
): OpenApiParameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = book.inPlace(schema) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === "path" || (required.includes(name) && !Object.hasOwn(rest, "default")),
    ...(typeof description === "string" ? { description } : {}),
    schema: rest,
  }));
}

function headerParameters({ method, headers = [] }: Route): OpenApiParameter[] {
  const text = { type: "string" };
  const own = headers.map((name) => ({ name, description: REQUEST_HEADERS[name], schema: text }));
  const key = {
    name: "Idempotency-Key",
    description:
      "The event's id: a repeat with the same key in the same session is answered as the first was.",
    schema: { type: "string", minLength: 1, maxLength: 128 },
  };
  return [...own, ...(isWrite(method) ? [key] : [])].map((header) => ({
    ...header,
    in: "header",
    required: false,
  }));
}

function requestBody({ schema, types, mayBeEmpty, ndjson }: BodySpec<unknown>, book: SchemaBook) {
  const content = types.map((type) => {
    const isText = type === NDJSON_TYPE;
    return [
      type,
      { schema: isText ? { type: "string", description: ndjson ?? "" } : book.refer(schema) },
    ] as const;
  });
  return { required: mayBeEmpty !== true, content: Object.fromEntries(content) };
}

function answers({ answers }: Route, book: SchemaBook): Record<string, OpenApiResponse> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [status, response(answer, book)]),
  );
}

function response({ description, content, headers = [] }: Answer, book: SchemaBook): OpenApiResponse {
  const described = headers.map((name) => {
    return [name, { description: RESPONSE_HEADERS[name], schema: { type: "string" } }] as const;
  });
  const contents = Object.entries(content ?? {}).map(([type, schema]) => {
    const converted =
      typeof schema === "string" ? { type: "string", description: schema } : book.refer(schema);
    return [type, { schema: converted }] as const;
  });
  return {
    description,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(contents.length === 0 ? {} : { content: Object.fromEntries(contents) }),
  };
}

/** One response for each status: several codes may share it. */
function refusals(route: Route): Record<string, OpenApiResponse> {
  const byStatus = new Map<string, ErrorCode[]>();
  for (const code of problemsOf(route)) {
    const status = String(PROBLEMS[code].status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const description = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(" ");
      return [status, { description, content }];
    }),
  );
}
