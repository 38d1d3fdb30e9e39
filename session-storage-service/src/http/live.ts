import type { Request, Response } from "express";
import { StreamQuery } from "session-protocol";
import { SessionParams } from "./context.js";
import { EVENT_STREAM_TYPE } from "./media-type.js";
import { route, type Answer, type Route } from "./route.js";

/** What serves the streams of server-sent events. */
export interface LiveStreams {
  serve(request: Request, response: Response, sessionId?: string): Promise<void>;
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
