import { z } from "zod";
import {
  CreateSession,
  CreateSessionResult,
  Metadata,
  MetadataPatch,
  MetadataWriteResult,
  SessionDocument,
  SessionPage,
  SessionQuery,
  SessionsQuery,
  UserSessionsQuery,
  WriteResult,
} from "session-protocol";
import { metadataOf } from "../domain/documents.js";
import { SessionParams, UserParams, type RouteContext } from "./context.js";
import { JSON_TYPE, MERGE_PATCH_TYPE } from "./media-type.js";
import { createdId, sessionPath } from "./new-session.js";
import { linkNext, sendJson, sendText } from "./reply.js";
import { json, jsonBody, optionalBody, route, type Route } from "./route.js";
import { sessionDocument } from "./session-document.js";
import { sendPieces } from "./streaming.js";
import { refuseOtherType, write } from "./written.js";

export function sessionRoutes(context: RouteContext): Route[] {
  return [
    create(context),
    list(context),
    listOfUser(context),
    get(context),
    patchMetadata(context),
    remove(context),
  ];
}

function create({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/sessions",
    tag: "sessions",
    summary: "Create a session, or find the one of that id",
    description:
      "Without `sessionId` the service makes one; a repeat with the same `Idempotency-Key` finds it again.",
    body: jsonBody(CreateSession),
    answers: {
      201: json(CreateSessionResult, "The session was created.", ["Location"]),
      200: json(CreateSessionResult, "It exists already and belongs to the same user."),
    },
    problems: ["session_exists"],
    handle: async ({ body, key, request }, response) => {
      const { sessionId: sent, ...data } = body.fields;
      const sessionId = sent ?? createdId(recorder, data.userId, key);
      const { created } = await recorder.sessions.create(sessionId, {
        id: key,
        data,
      });
      const repeated =
        !created && key !== undefined && (await recorder.sessions.event(sessionId, 1))?.id === key;
      if (created) response.location(`${request.baseUrl}/sessions/${sessionId}`);
      sendJson(response, created ? 201 : 200, {
        success: true,
        created,
        sessionId,
        path: sessionPath(sessionId),
        seq: 1,
        ...(repeated ? { duplicate: true } : {}),
      } satisfies CreateSessionResult);
    },
  });
}

function list({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/sessions",
    tag: "sessions",
    summary: "List sessions, newest first",
    query: SessionsQuery,
    answers: { 200: json(SessionPage, "A page of sessions.", ["Link"]) },
    handle: async ({ query, request }, response) => {
      const { sessions, nextCursor, total } = await recorder.index.list(query);
      linkNext(request, response, "cursor", nextCursor);
      const rest = `"nextCursor":${JSON.stringify(nextCursor)},"total":${String(total)}`;
      sendText(response, 200, JSON_TYPE, `{"sessions":[${sessions.join(",")}],${rest}}`);
    },
  });
}

function listOfUser({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/sessions/user/{userId}",
    tag: "sessions",
    summary: "List one user's sessions, newest first",
    params: UserParams,
    query: UserSessionsQuery,
    answers: { 200: json(z.array(Metadata), "A page of sessions.", ["Link"]) },
    handle: async ({ params, query, request }, response) => {
      const { sessions, nextCursor } = await recorder.index.list({
        ...query,
        userId: params.userId,
        order: "created",
      });
      linkNext(request, response, "cursor", nextCursor);
      sendText(response, 200, JSON_TYPE, `[${sessions.join(",")}]`);
    },
  });
}

function get({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/sessions/{sessionId}",
    tag: "sessions",
    summary: "Everything of a session, with the end of each log",
    params: SessionParams,
    query: SessionQuery,
    answers: { 200: json(SessionDocument, "The session.") },
    handle: async ({ params, query, request }, response) => {
      const document = await sessionDocument(recorder, params.sessionId, query.entries);
      await sendPieces(request, response, JSON_TYPE, document);
    },
  });
}

function patchMetadata({ recorder }: RouteContext): Route {
  return route({
    method: "patch",
    path: "/api/sessions/{sessionId}/metadata",
    tag: "sessions",
    summary: "Change what a session is called and where it stands",
    description: "A merge patch. `labels` is merged key by key; a `null` clears.",
    params: SessionParams,
    body: optionalBody(MetadataPatch, [JSON_TYPE, MERGE_PATCH_TYPE]),
    answers: { 200: json(MetadataWriteResult, "Changed.") },
    problems: ["session_closed", "illegal_transition"],
    handle: async ({ params, body: { value, raw }, key }, response) => {
      const command = { type: "metadata_updated", id: key, data: value, raw } as const;
      const written = await write(recorder, params.sessionId, command, [
        "metadata_updated",
        "status_changed",
      ]);
      const metadata = metadataOf(await written.session());
      sendJson(response, 200, { success: true, seq: written.seq, metadata, ...written.mark });
    },
  });
}

function remove({ recorder }: RouteContext): Route {
  return route({
    method: "delete",
    path: "/api/sessions/{sessionId}",
    tag: "sessions",
    summary: "Remove a session and its files",
    params: SessionParams,
    answers: { 200: json(WriteResult, "Removed.") },
    handle: async ({ params, key }, response) => {
      const outcome = await recorder.sessions.delete(params.sessionId, key);
      refuseOtherType(outcome, ["session_deleted"], "Idempotency-Key");
      const { seq, duplicate } = outcome;
      sendJson(response, 200, {
        success: true,
        seq,
        ...(duplicate ? { duplicate } : {}),
      } satisfies WriteResult);
    },
  });
}
