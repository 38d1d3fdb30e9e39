import { parse } from "node:querystring";
import type { z } from "zod";
import { check } from "./commands.js";
import { RunParams, SessionParams } from "./context.js";
import { PARAMETER } from "./route-table.js";
import { activeRunStream, runStream } from "./run-stream.js";
import { sessionStream, wholeStream } from "./session-stream.js";
import type { FindStream } from "./sse.js";

/** What the streams of one path show. */
export interface StreamKind {
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  /** By what stands in the parameters' places. @throws InvalidRequest */
  readonly find: (named: unknown) => FindStream;
}

function kind<P>(path: string, params: z.ZodType<P>, find: (params: P) => FindStream): StreamKind {
  return { path, find: (named) => find(check(params, named)) };
}

export const ALL_SESSIONS: StreamKind = { path: "/api/stream", find: () => wholeStream };
export const ONE_SESSION = kind("/api/sessions/{sessionId}/stream", SessionParams, ({ sessionId }) =>
  sessionStream(sessionId),
);
export const ONE_RUN = kind("/api/runs/{runId}/stream", RunParams, ({ runId }) => runStream(runId));
export const ACTIVE_RUN = kind("/api/sessions/{sessionId}/runs/active/stream", SessionParams, (params) =>
  activeRunStream(params.sessionId),
);

const KINDS = [ALL_SESSIONS, ONE_SESSION, ONE_RUN, ACTIVE_RUN].map((it) => ({
  ...it,
  pattern: patternOf(it),
}));
const STREAM_URL = /^(?<path>\/api\/[^?]*stream)\/?(?:\?(?<query>.*))?$/s;

export interface AskedStream {
  readonly kind: StreamKind;
  /** As the URL has them: percent-encoded. */
  readonly named: Readonly<Record<string, string>>;
  readonly query: unknown;
}

/** The stream that a request's URL names; undefined where it names none. */
export function askedStream(url: string): AskedStream | undefined {
  const { path, query } = STREAM_URL.exec(url)?.groups ?? {};
  if (path === undefined) return undefined;
  for (const { pattern, ...kind } of KINDS) {
    const match = pattern.exec(path);
    if (match !== null) return { kind, named: match.groups ?? {}, query: parse(query ?? "") };
  }
  return undefined;
}

function patternOf({ path }: StreamKind): RegExp {
  const rest = path.slice("/api/".length).replaceAll(PARAMETER, "(?<$1>[^/]+)");
  return new RegExp(`^/api/(?:v1/)?${rest}$`);
}
