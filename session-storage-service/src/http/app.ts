import compression from "compression";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { Logger } from "pino";
import type { Config } from "../config.js";
import type { Recorder } from "../recorder.js";
import { actionRoutes } from "./actions.js";
import { adminRoutes } from "./admin.js";
import { agentRoutes } from "./agents.js";
import { BodyAborted } from "./body.js";
import { exportRoutes } from "./export.js";
import { goalRoutes } from "./goals.js";
import { healthRoutes, type Connections } from "./health.js";
import { limitsOf } from "./limits.js";
import { liveRoutes, type LiveStreams } from "./live.js";
import { EVENT_STREAM_TYPE } from "./media-type.js";
import { metricsRoutes, type Metrics, type RequestMetrics } from "./metrics.js";
import { problemOf } from "./problem.js";
import { queryRoutes } from "./query.js";
import { recordingRoutes } from "./recording-routes.js";
import { MethodNotAllowed, RouteNotFound } from "./refusals.js";
import { sendProblem } from "./reply.js";
import { requestLog } from "./request-log.js";
import type { Route } from "./route.js";
import { RouteTable, type RouteLocals } from "./route-table.js";
import { corsHeaders, preflightHeaders, refuseForeign, SAFE_HEADERS, type Gate } from "./security.js";
import { runHistoryRoutes } from "./run-history.js";
import { runRoutes } from "./runs.js";
import { selfRoutes } from "./self-routes.js";
import { sessionEventRoutes } from "./session-events.js";
import { sessionLifeRoutes } from "./session-life.js";
import { sessionRoutes } from "./sessions.js";
import { stateRoutes } from "./state.js";
import { transcriptRoutes } from "./transcripts.js";
import { timelineRoutes } from "./timeline.js";

export interface AppOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly gate: Gate;
  readonly streams: LiveStreams;
  readonly connections: Connections;
  readonly version: string;
}

const COMPRESS_FROM_BYTES = 1_024;

/** The REST edge: everything the service answers over HTTP but for what recordings and live streams have as a short cut. */
export function createApp(recorder: Recorder, options: AppOptions): Express {
  const { config, log, metrics, gate, connections } = options;
  metrics.watch({ health: () => recorder.health(), connections });
  const table = new RouteTable(allRoutes(recorder, options));
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", "simple");
  app.use(measure(metrics), requestLog(log, recorder.makeId));
  app.use(guard(gate), answerOptions(gate, table));
  app.use(compression({ threshold: COMPRESS_FROM_BYTES, filter: isCompressible }));
  app.use(table.router(limitsOf(config)));
  app.use(refuseUnknown(table), answerError(log));
  return app;
}

function allRoutes(recorder: Recorder, options: AppOptions): Route[] {
  const { config, metrics, streams, connections, version } = options;
  const context = { recorder, limits: limitsOf(config) };
  const routes: Route[] = [
    ...sessionRoutes(context),
    ...sessionLifeRoutes(context),
    ...sessionEventRoutes(context),
    ...timelineRoutes(context),
    ...exportRoutes(context),
    ...recordingRoutes(context),
    ...stateRoutes(context),
    ...goalRoutes(context),
    ...agentRoutes(context),
    ...actionRoutes(context),
    ...runRoutes(context),
    ...runHistoryRoutes(context),
    ...transcriptRoutes(context),
    ...queryRoutes(context),
    ...adminRoutes(context),
    ...liveRoutes(streams),
    ...selfRoutes(() => routes, version),
    ...healthRoutes({ recorder, connections, version }),
    ...metricsRoutes(metrics),
  ];
  return routes;
}

/** Requests no route takes are counted together, so that made-up paths make no new series. */
const UNMATCHED = "unmatched";

function measure(metrics: RequestMetrics): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now();
    response.once("close", () => {
      const { path = UNMATCHED } = response.locals as RouteLocals;
      metrics.request(request.method, path, response.statusCode, performance.now() - startedMs);
    });
    next();
  };
}

function guard(gate: Gate): RequestHandler {
  return (request, response, next) => {
    response.set(SAFE_HEADERS).set(corsHeaders(gate, request.headers.origin));
    refuseForeign(gate, request.method, request.headers);
    next();
  };
}

/** `OPTIONS` on any known path, whether a browser's preflight or a caller's question. */
function answerOptions(gate: Gate, table: RouteTable): RequestHandler {
  return (request, response, next) => {
    if (request.method !== "OPTIONS") {
      next();
      return;
    }
    const methods = table.methodsOf(request.path);
    if (methods.length === 0) throw new RouteNotFound(request.path);
    const { origin, "access-control-request-method": asked } = request.headers;
    const isPreflight = origin !== undefined && asked !== undefined && gate.originAllowed(origin);
    response.set({ Allow: methods.join(", "), ...(isPreflight ? preflightHeaders(methods) : {}) });
    response.status(204).end();
  };
}

/** Live streams go out event by event, which a compressor would hold back. */
const isCompressible: compression.CompressionFilter = (_request, response) => {
  const type = String(response.getHeader("Content-Type") ?? "");
  return !type.startsWith(EVENT_STREAM_TYPE) && /json|^text\//.test(type);
};

function refuseUnknown(table: RouteTable): RequestHandler {
  return ({ method, path }) => {
    const methods = table.methodsOf(path);
    throw methods.length === 0 ? new RouteNotFound(path) : new MethodNotAllowed(method, methods);
  };
}

function answerError(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (error instanceof BodyAborted) return;
    const reply = problemOf(error);
    if (reply.unexpected) response.err = error as Error;
    if (!response.headersSent) {
      sendProblem(response, reply);
      return;
    }
    log.error({ err: error, method: request.method, url: request.url }, "answer broken off");
    response.destroy();
  };
}
