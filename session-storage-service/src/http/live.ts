import type { ServerResponse } from "node:http";
import { StreamQuery } from "session-protocol";
import { RunParams, SessionParams } from "./context.js";
import { EVENT_STREAM_TYPE } from "./media-type.js";
import { route, type Answer, type Route, type RouteSpec } from "./route.js";
import type { FindStream, StreamRequest } from "./sse.js";
import { ACTIVE_RUN, ALL_SESSIONS, ONE_RUN, ONE_SESSION, type StreamKind } from "./stream-kinds.js";

/** What serves the streams of server-sent events. */
export interface LiveStreams {
  serve(asked: StreamRequest, response: ServerResponse, find: FindStream): Promise<void>;
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

/** What `createRawStreams` leaves to express is served by it; most of all, these are its description. */
function serving(
  streams: LiveStreams,
  { path, find }: StreamKind,
): Pick<RouteSpec<unknown, unknown, unknown>, "path" | "handle"> {
  return {
    path,
    handle: ({ params, request }, response) => {
      const { query } = request;
      return streams.serve({ request, query }, response, find(params));
    },
  };
}

export function liveRoutes(streams: LiveStreams): Route[] {
  return [...sessionStreams(streams), ...runStreams(streams)];
}

function sessionStreams(streams: LiveStreams): Route[] {
  return [
    route({
      ...STREAM,
      ...serving(streams, ONE_SESSION),
      summary: "Follow a session",
      description:
        "Resumes after the `seq` in `Last-Event-ID` or `after`; from now on where neither is given.",
      params: SessionParams,
      problems: ["rate_limited"],
    }),
    route({
      ...STREAM,
      ...serving(streams, ALL_SESSIONS),
      summary: "Follow every session",
      description:
        "Resumes after the `offset` in `Last-Event-ID` or `after`; from now on where neither is given.",
      problems: ["rate_limited"],
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
      ...serving(streams, ONE_RUN),
      summary: "Follow a run",
      description: RUN_STREAM,
      params: RunParams,
      problems: ["run_not_found", "rate_limited"],
    }),
    route({
      ...STREAM,
      ...serving(streams, ACTIVE_RUN),
      summary: "Follow the run that a session is at",
      description:
        "The one that began last of those that are running; where there is none, one `event: no_active_invocation` and the end. " +
        `A place that belongs to another run counts as none. ${RUN_STREAM}`,
      params: SessionParams,
      problems: ["rate_limited"],
    }),
  ];
}
