import type { Request, Response } from "express";
import { StreamQuery } from "session-protocol";
import { RunParams, SessionParams } from "./context.js";
import { EVENT_STREAM_TYPE } from "./media-type.js";
import { route, type Answer, type Route } from "./route.js";
import { activeRunStream, runStream } from "./run-stream.js";
import { sessionStream, wholeStream } from "./session-stream.js";
import type { FindStream } from "./sse.js";

/** What serves the streams of server-sent events. */
export interface LiveStreams {
  serve(request: Request, response: Response, find: FindStream): Promise<void>;
}

const EVENTS: Answer = {
  description: "Events as they are stored, after those that were missed.",
  content: {
    [EVENT_STREAM_TYPE]:
      "Server-sent events: `event:` is the type, `data:` the event, `id:` the place to resume from. " +
      "A comment line comes at least every heartbeat.",
  },
};

const STREAM = {
  method: "get",
  tag: "live",
  query: StreamQuery,
  headers: ["Last-Event-ID"],
  answers: { 200: EVENTS },
} as const;

export function liveRoutes(streams: LiveStreams): Route[] {
  return [...sessionStreams(streams), ...runStreams(streams)];
}

function sessionStreams(streams: LiveStreams): Route[] {
  return [
    route({
      ...STREAM,
      path: "/api/sessions/{sessionId}/stream",
      summary: "Follow a session",
      description:
        "Resumes after the `seq` in `Last-Event-ID` or `after`; from now on where neither is given.",
      params: SessionParams,
      problems: ["rate_limited"],
      handle: ({ params, request }, response) =>
        streams.serve(request, response, sessionStream(params.sessionId)),
    }),
    route({
      ...STREAM,
      path: "/api/stream",
      summary: "Follow every session",
      description:
        "Resumes after the `offset` in `Last-Event-ID` or `after`; from now on where neither is given.",
      problems: ["rate_limited"],
      handle: ({ request }, response) => streams.serve(request, response, wholeStream),
    }),
  ];
}

const RUN_STREAM =
  "Its start, nodes, actions, responses and end, from the first or after the `seq` in `Last-Event-ID` or `after`. " +
  'Then `event: end` with `{"runId":…,"status":…}`, once the run has ended or its session under it, and the stream is over.';

function runStreams(streams: LiveStreams): Route[] {
  return [
    route({
      ...STREAM,
      path: "/api/runs/{runId}/stream",
      summary: "Follow a run",
      description: RUN_STREAM,
      params: RunParams,
      problems: ["run_not_found", "rate_limited"],
      handle: ({ params, request }, response) => streams.serve(request, response, runStream(params.runId)),
    }),
    route({
      ...STREAM,
      path: "/api/sessions/{sessionId}/runs/active/stream",
      summary: "Follow the run that a session is at",
      description:
        "The one that began last of those that are running; where there is none, one `event: no_active_invocation` and the end. " +
        `A place that belongs to another run counts as none. ${RUN_STREAM}`,
      params: SessionParams,
      problems: ["rate_limited"],
      handle: ({ params, request }, response) =>
        streams.serve(request, response, activeRunStream(params.sessionId)),
    }),
  ];
}
