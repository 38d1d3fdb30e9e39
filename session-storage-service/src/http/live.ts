import type { Request, Response } from "express";
import { StreamQuery } from "session-protocol";
import { RunNotFound } from "../domain/errors.js";
import { RunParams, SessionParams, type RouteContext } from "./context.js";
import { EVENT_STREAM_TYPE } from "./media-type.js";
import { route, type Answer, type Route } from "./route.js";
import type { StreamedRun } from "./sse.js";

/** What serves the streams of server-sent events. */
export interface LiveStreams {
  serve(request: Request, response: Response, sessionId?: string): Promise<void>;
  serveRun(request: Request, response: Response, run: StreamedRun): Promise<void>;
  serveActive(request: Request, response: Response, sessionId: string): Promise<void>;
}

const EVENTS: Answer = {
  description: "Events as they are stored, after those that were missed.",
  content: {
    [EVENT_STREAM_TYPE]:
      "Server-sent events: `event:` is the type, `data:` the event, `id:` the place to resume from. " +
      "A comment line comes at least every heartbeat.",
  },
};

export function liveRoutes(streams: LiveStreams): Route[] {
  return [
    route({
      method: "get",
      path: "/api/sessions/{sessionId}/stream",
      tag: "live",
      summary: "Follow a session",
      description:
        "Resumes after the `seq` in `Last-Event-ID` or `after`; from now on where neither is given.",
      params: SessionParams,
      query: StreamQuery,
      headers: ["Last-Event-ID"],
      answers: { 200: EVENTS },
      problems: ["rate_limited"],
      handle: ({ params, request }, response) => streams.serve(request, response, params.sessionId),
    }),
    route({
      method: "get",
      path: "/api/stream",
      tag: "live",
      summary: "Follow every session",
      description:
        "Resumes after the `offset` in `Last-Event-ID` or `after`; from now on where neither is given.",
      query: StreamQuery,
      headers: ["Last-Event-ID"],
      answers: { 200: EVENTS },
      problems: ["rate_limited"],
      handle: ({ request }, response) => streams.serve(request, response),
    }),
  ];
}

const RUN_STREAM = {
  method: "get",
  tag: "live",
  description:
    "From the run's beginning, or after the `seq` in `Last-Event-ID` or `after`; ends with `event: end` once the run has ended.",
  query: StreamQuery,
  headers: ["Last-Event-ID"],
  answers: { 200: EVENTS },
} as const;

export function runStreamRoutes({ recorder }: RouteContext, streams: LiveStreams): Route[] {
  return [
    route({
      ...RUN_STREAM,
      path: "/api/runs/{runId}/stream",
      summary: "Follow a run",
      params: RunParams,
      problems: ["run_not_found", "rate_limited"],
      handle: async ({ params: { runId }, request }, response) => {
        const run = await recorder.index.run(runId);
        if (run === undefined) throw new RunNotFound(runId);
        const { startSeq, endSeq, summary } = run;
        await streams.serveRun(request, response, { runId, sessionId: summary.sessionId, startSeq, endSeq });
      },
    }),
    route({
      ...RUN_STREAM,
      path: "/api/sessions/{sessionId}/runs/active/stream",
      summary: "Follow the run that is running",
      description: "Where none is, `event: no_active_invocation` comes, and nothing after it.",
      params: SessionParams,
      problems: ["rate_limited"],
      handle: ({ params: { sessionId }, request }, response) =>
        streams.serveActive(request, response, sessionId),
    }),
  ];
}
