import type { Request, Response } from "express";
import { EventId, type ErrorCode } from "session-protocol";
import type { z } from "zod";
import { readBody } from "./body.js";
import { check } from "./commands.js";
import type { RequestLimits } from "./limits.js";
import { JSON_TYPE, mediaTypeOf } from "./media-type.js";
import { emptyBody, parseJsonBody, type ParsedBody } from "./parse.js";

export type Method = "get" | "post" | "patch" | "delete";
export type Tag =
  "sessions" | "events" | "state" | "actions" | "runs" | "transcripts" | "query" | "live" | "service";
export type RequestHeader = "If-Match" | "Last-Event-ID";
export type ResponseHeader = "ETag" | "Link" | "Location" | "Content-Disposition";

/** What a route answers under one status. Content that is no JSON has a sentence in place of a schema. */
export interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, z.ZodType | string>>;
  readonly headers?: readonly ResponseHeader[];
}

/** What a route takes. `self`: its handler reads and checks the body. */
export interface BodySpec<B> {
  readonly schema: z.ZodType<B>;
  readonly types: readonly string[];
  readonly mayBeEmpty?: boolean;
  readonly self?: boolean;
  /** Its NDJSON form in words, where it has one. */
  readonly ndjson?: string;
}

/** A body as sent, and `fields`: what its schema makes of it. */
export interface SentBody<B> extends ParsedBody {
  readonly fields: B;
}

export interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: SentBody<B>;
  /** The idempotency key of a write. */
  readonly key: string | undefined;
  readonly request: Request;
}

/** Everything the service knows of a route: what registers it is also what documents it. */
export interface RouteSpec<P, Q, B> {
  readonly method: Method;
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: BodySpec<B>;
  readonly headers?: readonly RequestHeader[];
  readonly answers: Readonly<Record<number, Answer>>;
  /** Refusals beyond those that follow from what the route takes. */
  readonly problems?: readonly ErrorCode[];
  readonly handle: (input: Input<P, Q, B>, response: Response) => void | Promise<void>;
}

export interface Route extends Omit<RouteSpec<unknown, unknown, unknown>, "handle"> {
  readonly serve: (request: Request, response: Response, limits: RequestLimits) => Promise<void>;
}

/** Binds a handler to what it takes: it is called with parsed input only. */
export function route<P = unknown, Q = unknown, B = unknown>(spec: RouteSpec<P, Q, B>): Route {
  const { handle, ...docs } = spec;
  const serve = async (request: Request, response: Response, limits: RequestLimits): Promise<void> => {
    const params = (spec.params === undefined ? {} : check(spec.params, request.params)) as P;
    const query = (spec.query === undefined ? {} : check(spec.query, request.query)) as Q;
    const key = isWrite(spec.method) ? idempotencyKey(request.headers["idempotency-key"]) : undefined;
    const body = await sentBody(request, spec.body, limits);
    await handle({ params, query, body, key, request }, response);
  };
  return { ...docs, serve };
}

export function isWrite(method: Method): boolean {
  return method !== "get";
}

/** @throws InvalidRequest */
export function idempotencyKey(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : check(EventId, header, "Idempotency-Key");
}

async function sentBody<B>(
  request: Request,
  spec: BodySpec<B> | undefined,
  limits: RequestLimits,
): Promise<SentBody<B>> {
  if (spec === undefined || spec.self === true) return { ...emptyBody(), fields: undefined as B };
  const bytes = await readBody(request, limits.bodyBytes);
  const isEmpty = bytes.length === 0 && spec.mayBeEmpty === true;
  if (!isEmpty) mediaTypeOf(request.headers["content-type"], spec.types);
  const body = isEmpty ? emptyBody() : parseJsonBody(bytes, limits);
  return { ...body, fields: check(spec.schema, body.value) };
}

export function jsonBody<B>(schema: z.ZodType<B>, types: readonly string[] = [JSON_TYPE]): BodySpec<B> {
  return { schema, types };
}

/** A body all of whose fields are optional, so that it may be absent. */
export function optionalBody<B>(schema: z.ZodType<B>, types: readonly string[] = [JSON_TYPE]): BodySpec<B> {
  return { schema, types, mayBeEmpty: true };
}

/** A body the handler reads and checks itself, as `schema` says. */
export function ownBody(
  schema: z.ZodType,
  types: readonly string[],
  { mayBeEmpty = false, ndjson }: { mayBeEmpty?: boolean; ndjson?: string } = {},
): BodySpec<unknown> {
  return { schema, types, mayBeEmpty, self: true, ...(ndjson === undefined ? {} : { ndjson }) };
}

/** An answer of JSON with this schema. */
export function json(
  schema: z.ZodType,
  description: string,
  headers: readonly ResponseHeader[] = [],
): Answer {
  return { description, content: { [JSON_TYPE]: schema }, headers };
}
