import { FinalizeRequest, FinalizeResult, ForkRequest, ForkResult, ResumeResult } from "session-protocol";
import { metadataOf, stateOf } from "../domain/documents.js";
import { noSession, SessionExists } from "../domain/errors.js";
import type { Session } from "../domain/session.js";
import type { Recorder } from "../recorder.js";
import { SessionParams, type RouteContext } from "./context.js";
import { createdId, sessionPath } from "./new-session.js";
import { sendJson } from "./reply.js";
import { json, optionalBody, route, type Route } from "./route.js";
import { write } from "./written.js";

export function sessionLifeRoutes(context: RouteContext): Route[] {
  return [finalize(context), resume(context), fork(context)];
}

function finalize({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/sessions/{sessionId}/finalize",
    tag: "sessions",
    summary: "End a session with its outcome",
    description:
      "A repeat answers the first result. Afterwards nothing more is taken until the session is resumed.",
    params: SessionParams,
    body: optionalBody(FinalizeRequest),
    answers: { 200: json(FinalizeResult, "The session has ended.") },
    problems: ["session_closed"],
    handle: async ({ params, body: { value, raw }, key }, response) => {
      const command = { type: "session_finalized", id: key, data: value, raw } as const;
      const written = await write(recorder, params.sessionId, command, ["session_finalized"]);
      const { status, final } = await written.session();
      sendJson(response, 200, { success: true, seq: written.seq, status, final, ...written.mark });
    },
  });
}

function resume({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/sessions/{sessionId}/resume",
    tag: "sessions",
    summary: "Reopen a session that has ended",
    params: SessionParams,
    answers: { 200: json(ResumeResult, "The session is open.") },
    handle: async ({ params, key }, response) => {
      const command = { type: "resume", id: key, data: {}, raw: "{}" } as const;
      const written = await write(recorder, params.sessionId, command, ["status_changed"]);
      const session = await written.session();
      sendJson(response, 200, {
        metadata: metadataOf(session),
        initial: session.initial,
        state: stateOf(session),
        seq: written.seq,
        ...written.mark,
      });
    },
  });
}

function fork({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/sessions/{sessionId}/fork",
    tag: "sessions",
    summary: "Start a new session from a session's history",
    description: "The new session has the events up to `atSeq`, all of them if absent, under the same `seq`.",
    params: SessionParams,
    body: optionalBody(ForkRequest),
    answers: {
      201: json(ForkResult, "The new session was created.", ["Location"]),
      200: json(ForkResult, "The same request created it before."),
    },
    problems: ["session_exists"],
    handle: async ({ params, body, key, request }, response) => {
      const { atSeq } = body.fields;
      const sourceId = params.sessionId;
      const sessionId = body.fields.sessionId ?? createdId(recorder, sourceId, key);
      const earlier = key === undefined ? undefined : await earlierFork(recorder, sourceId, sessionId, atSeq);
      const { profile } = earlier ?? (await recorder.sessions.fork(sourceId, sessionId, { atSeq }));
      if (earlier === undefined) response.location(`${request.baseUrl}/sessions/${sessionId}`);
      sendJson(response, earlier === undefined ? 201 : 200, {
        success: true,
        created: earlier === undefined,
        sessionId,
        path: sessionPath(sessionId),
        seq: profile.forkedFrom?.seq,
        forkedFrom: profile.forkedFrom,
        ...(earlier === undefined ? {} : { duplicate: true }),
      });
    },
  });
}

/** The session a repeated request finds in place. @throws SessionExists where another has taken its id */
async function earlierFork(
  { sessions }: Recorder,
  sourceId: string,
  sessionId: string,
  atSeq: number | undefined,
): Promise<Session | undefined> {
  const existing = await sessions.get(sessionId).catch(noSession);
  if (existing === undefined) return undefined;
  const { forkedFrom } = existing.profile;
  if (forkedFrom?.sessionId !== sourceId || (atSeq ?? forkedFrom.seq) !== forkedFrom.seq)
    throw new SessionExists(sessionId, "and is not the fork that is asked for");
  return existing;
}
