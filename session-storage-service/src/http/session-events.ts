import { DEFAULT_LIMIT, EventsPage, EventsQuery, VerifyResult } from "session-protocol";
import type { StoredText } from "../domain/reading.js";
import { SessionParams, type RouteContext } from "./context.js";
import { JSON_TYPE, NDJSON_TYPE } from "./media-type.js";
import { linkNext, sendJson } from "./reply.js";
import { json, route, type Route } from "./route.js";
import { elements, firstPage, ndjson, ndjsonOf, sendPieces, wantsNdjson } from "./streaming.js";

export const NDJSON_EVENTS = "One event a line, in order.";

export function sessionEventRoutes(context: RouteContext): Route[] {
  return [events(context), verify(context)];
}

function events({ recorder }: RouteContext): Route {
  const page = json(EventsPage, "A page of events; as NDJSON all of them, unless there is a `limit`.", [
    "Link",
  ]);
  return route({
    method: "get",
    path: "/api/sessions/{sessionId}/events",
    tag: "events",
    summary: "Events in order, from any point",
    description: "`nextAfter` is null on the last page. Large events make a page shorter than `limit`.",
    params: SessionParams,
    query: EventsQuery,
    answers: { 200: { ...page, content: { ...page.content, [NDJSON_TYPE]: NDJSON_EVENTS } } },
    handle: async ({ params: { sessionId }, query, request }, response) => {
      const { limit, type, ...place } = query;
      const { seq } = await recorder.sessions.get(sessionId);
      const pieces = recorder.history.events(sessionId, { ...place, types: type, upTo: seq });
      const lines = wantsNdjson(request, response);
      if (lines && limit === undefined) {
        const isPlain = Object.keys(query).every((name) => name === "after");
        const range = { after: place.after, upTo: seq };
        const whole = isPlain ? recorder.history.ndjson(sessionId, range) : ndjson(pieces);
        await sendPieces(request, response, NDJSON_TYPE, whole);
        return;
      }
      const { entries, more } = await firstPage(pieces, limit ?? DEFAULT_LIMIT);
      const nextAfter = more ? (entries.at(-1)?.seq ?? null) : null;
      linkNext(request, response, "after", nextAfter);
      if (lines) await sendPieces(request, response, NDJSON_TYPE, ndjsonOf(entries));
      else await sendPieces(request, response, JSON_TYPE, pageOf(entries, seq, nextAfter));
    },
  });
}

function pageOf(entries: readonly StoredText[], lastSeq: number, nextAfter: number | null): Buffer[] {
  const tail = `],"lastSeq":${String(lastSeq)},"nextAfter":${String(nextAfter)}}`;
  return [Buffer.from('{"events":['), ...elements(entries), Buffer.from(tail)];
}

function verify({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/sessions/{sessionId}/verify",
    tag: "events",
    summary: "Whether every event is there, from a fresh read of the files",
    description: "`producers` compares what each sender says it recorded with what was stored here.",
    params: SessionParams,
    answers: { 200: json(VerifyResult, "What is there and what is missing.") },
    handle: async ({ params }, response) => {
      sendJson(response, 200, (await recorder.history.verify(params.sessionId)) satisfies VerifyResult);
    },
  });
}
