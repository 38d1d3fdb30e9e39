import { DiffQuery, JsonPatch, State, StatePatch, StateQuery, StateWriteResult } from "session-protocol";
import { stateOf } from "../domain/documents.js";
import { InvalidRequest } from "../domain/errors.js";
import { SessionParams, type RouteContext } from "./context.js";
import { JSON_PATCH_TYPE, JSON_TYPE, MERGE_PATCH_TYPE } from "./media-type.js";
import { sendJson, sendText } from "./reply.js";
import { json, optionalBody, route, type Route } from "./route.js";
import { comparison } from "./state-diff.js";
import { write } from "./written.js";

export function stateRoutes(context: RouteContext): Route[] {
  return [get(context), diff(context), patch(context)];
}

function get({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/state/{sessionId}",
    tag: "state",
    summary: "The state, now or as it was",
    params: SessionParams,
    query: StateQuery,
    answers: { 200: json(State, "The state.", ["ETag"]) },
    handle: async ({ params: { sessionId }, query: { atSeq } }, response) => {
      const current = await recorder.sessions.get(sessionId);
      const state = atSeq === undefined ? stateOf(current) : await recorder.history.stateAt(sessionId, atSeq);
      response.set({ ETag: etag(state.version), "Cache-Control": "no-cache" });
      sendJson(response, 200, state);
    },
  });
}

function etag(version: number): string {
  return `"${String(version)}"`;
}

function diff({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/state/{sessionId}/diff",
    tag: "state",
    summary: "What changed between two events",
    description:
      "A JSON Patch (RFC 6902) that makes the state after event `from` into the state after event `to`.",
    params: SessionParams,
    query: DiffQuery,
    answers: { 200: { description: "The patch.", content: { [JSON_PATCH_TYPE]: JsonPatch } } },
    handle: async ({ params: { sessionId }, query: { from, to } }, response) => {
      const { seq } = await recorder.sessions.get(sessionId);
      if (from > seq) throw noSuchEvent("from", seq);
      if (to > seq) throw noSuchEvent("to", seq);
      const before = await recorder.history.stateAt(sessionId, from);
      const after = await recorder.history.stateAt(sessionId, to);
      sendText(response, 200, JSON_PATCH_TYPE, JSON.stringify(comparison(before, after)));
    },
  });
}

function noSuchEvent(path: string, seq: number): InvalidRequest {
  return InvalidRequest.at(path, `the session has ${String(seq)} events`);
}

function patch({ recorder }: RouteContext): Route {
  return route({
    method: "patch",
    path: "/api/state/{sessionId}",
    tag: "state",
    summary: "Change the state",
    description: "A JSON Merge Patch (RFC 7396). With `If-Match` it applies to that version only.",
    params: SessionParams,
    headers: ["If-Match"],
    body: optionalBody(StatePatch, [JSON_TYPE, MERGE_PATCH_TYPE]),
    answers: { 200: json(StateWriteResult, "Changed.", ["ETag"]) },
    problems: ["session_closed", "version_mismatch"],
    handle: async ({ params, body: { value, raw }, key, request }, response) => {
      const ifMatch = request.get("if-match");
      const command = { type: "state_updated", id: key, data: value, raw, ifMatch } as const;
      const written = await write(recorder, params.sessionId, command, ["state_updated"]);
      const { version } = await written.state();
      response.set("ETag", etag(version));
      sendJson(response, 200, {
        success: true,
        seq: written.seq,
        version,
        ...written.mark,
      } satisfies StateWriteResult);
    },
  });
}
