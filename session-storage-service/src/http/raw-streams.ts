import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { LiveStreams } from "./live.js";
import type { RequestMetrics } from "./metrics.js";
import { problemOf } from "./problem.js";
import { sendProblem } from "./reply.js";
import { corsHeaders, refuseForeign, SAFE_HEADERS, type Gate } from "./security.js";
import { askedStream, type AskedStream } from "./stream-kinds.js";

export interface RawStreamsOptions {
  readonly streams: LiveStreams;
  readonly gate: Gate;
  readonly metrics: RequestMetrics;
  readonly log: Logger;
  readonly makeId: () => string;
}

/** Whether the request was for a live stream and has been taken. */
export type RawStreams = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Answers live streams on `node:http` itself: what express hangs on a request stays as long as the stream
 * does, for hours. Parsing, errors and access rules are those of every other route.
 */
export function createRawStreams(options: RawStreamsOptions): RawStreams {
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    const asked = askedStream(request.url ?? "");
    if (asked === undefined) return false;
    void answer(options, asked, request, response);
    return true;
  };
}

async function answer(
  { streams, gate, metrics, log, makeId }: RawStreamsOptions,
  { kind, named, query }: AskedStream,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET" } = request;
  const { path } = kind;
  const startedMs = performance.now();
  response.once("close", () => {
    metrics.request(method, path, response.statusCode, performance.now() - startedMs);
  });
  const reqId = makeId();
  const always = { "X-Request-Id": reqId, ...SAFE_HEADERS, ...corsHeaders(gate, request.headers.origin) };
  try {
    refuseForeign(gate, method, request.headers);
    const headers = Object.entries(always).flat();
    await streams.serve({ request, query, headers }, response, kind.find(decoded(named)));
  } catch (error) {
    const problem = problemOf(error);
    if (problem.unexpected) log.error({ err: error, reqId, route: path }, "request failed");
    if (response.headersSent) response.destroy();
    else sendProblem(response, { ...problem, headers: { ...always, ...problem.headers } });
  }
}

/** @throws URIError */
function decoded(named: AskedStream["named"]): Record<string, string> {
  return Object.fromEntries(Object.entries(named).map(([name, text]) => [name, decodeURIComponent(text)]));
}
