import {
  Transcript,
  TranscriptAppend,
  TranscriptDeleteResult,
  TranscriptPlaces,
  TranscriptPlacesQuery,
  TranscriptQuery,
  TranscriptSessions,
  TranscriptSubkeys,
  TranscriptAppendResult,
} from "session-protocol";
import { SessionClosed } from "../domain/errors.js";
import { isClosed } from "../domain/status.js";
import type { TranscriptListing } from "../domain/transcripts.js";
import type { Recorder } from "../recorder.js";
import { readBody } from "./body.js";
import { ProjectParams, TranscriptParams, type RouteContext } from "./context.js";
import { JSON_TYPE, mediaTypeOf, NDJSON_TYPE } from "./media-type.js";
import { sendJson, sendText } from "./reply.js";
import { json, ownBody, route, type Route } from "./route.js";
import { sendPieces, wantsNdjson } from "./streaming.js";
import { appendedEvent, readAppend } from "./transcript-append.js";
import { entryElements, entryLines } from "./transcript-lines.js";

const PATH = "/api/transcripts/{projectKey}/{transcriptSessionId}";

export function transcriptRoutes(context: RouteContext): Route[] {
  return [append, load, list, places, subkeys, remove].map((make) => make(context));
}

function append({ recorder, limits }: RouteContext): Route {
  return route({
    method: "post",
    path: PATH,
    tag: "transcripts",
    summary: "Append entries to a transcript",
    description:
      "An entry whose `uuid` is stored already is not stored again; a request that stores no entry leaves the " +
      "summary alone, unless it brings none. `subpath` names a sub-agent's transcript. The session that " +
      "`recorderSession` names gets an event `transcript_appended`.",
    params: TranscriptParams,
    body: ownBody(TranscriptAppend, [JSON_TYPE]),
    headers: ["If-Match"],
    answers: { 200: json(TranscriptAppendResult, "Stored, but for duplicates.", ["ETag"]) },
    problems: ["version_mismatch", "session_not_found", "session_closed"],
    handle: async (
      { params: { projectKey, transcriptSessionId }, request, key: idempotencyKey },
      response,
    ) => {
      const bytes = await readBody(request, limits.bodyBytes);
      mediaTypeOf(request.headers["content-type"], [JSON_TYPE]);
      const sent = readAppend(bytes, limits);
      const { subpath, recorderSession, entries, summary } = sent;
      if (recorderSession !== undefined) await refuseClosed(recorder, recorderSession);
      const key = { projectKey, sessionId: transcriptSessionId, subpath };
      const ifMatch = request.headers["if-match"];
      const receipt = await recorder.transcripts.append(key, { entries, summary, ifMatch, idempotencyKey });
      if (recorderSession !== undefined && entries.length > 0) {
        const commands = [appendedEvent(key, sent, receipt.total)];
        await recorder.sessions.submit(recorderSession, { commands });
      }
      response.set("ETag", etag(receipt.total));
      sendJson(response, 200, receipt satisfies TranscriptAppendResult);
    },
  });
}

/** Before anything is stored. @throws SessionNotFound, SessionClosed */
async function refuseClosed({ sessions }: Recorder, sessionId: string): Promise<void> {
  const { status } = await sessions.get(sessionId);
  if (isClosed(status)) throw new SessionClosed(sessionId, status);
}

function etag(total: number): string {
  return `"${String(total)}"`;
}

function load({ recorder }: RouteContext): Route {
  const whole = json(Transcript, "All entries, in order.", ["ETag"]);
  return route({
    method: "get",
    path: PATH,
    tag: "transcripts",
    summary: "A transcript's entries",
    description: "`ETag` is how many there are.",
    params: TranscriptParams,
    query: TranscriptQuery,
    answers: {
      200: { ...whole, content: { ...whole.content, [NDJSON_TYPE]: "One entry a line, in order." } },
    },
    problems: ["transcript_not_found"],
    handle: async ({ params: { projectKey, transcriptSessionId }, query, request }, response) => {
      const key = { projectKey, sessionId: transcriptSessionId, ...query };
      const stored = await recorder.transcripts.get(key);
      const asLines = wantsNdjson(request, response);
      response.set({ ETag: etag(stored.total), "Cache-Control": "no-cache" });
      if (asLines) await sendPieces(request, response, NDJSON_TYPE, entryLines(stored.lines()));
      else await sendPieces(request, response, JSON_TYPE, entryElements(stored.lines()));
    },
  });
}

function list({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/transcripts/{projectKey}",
    tag: "transcripts",
    summary: "The sessions of a project that have a main transcript",
    params: ProjectParams,
    answers: { 200: json(TranscriptSessions, "The sessions, in no order.") },
    handle: async ({ params: { projectKey } }, response) => {
      const sessions = await recorder.transcripts.sessions(projectKey);
      sendText(response, 200, JSON_TYPE, `{"sessions":[${sessions.map(listed).join(",")}]}`);
    },
  });
}

function places({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/transcripts",
    tag: "transcripts",
    summary: "The projects that have a main transcript of a session",
    query: TranscriptPlacesQuery,
    answers: { 200: json(TranscriptPlaces, "The projects, in no order.") },
    handle: async ({ query: { sessionId } }, response) => {
      const found = await recorder.transcripts.places(sessionId);
      const transcripts = found.map(({ projectKey, mtime }) => ({ projectKey, sessionId, mtime }));
      sendJson(response, 200, { transcripts } satisfies TranscriptPlaces);
    },
  });
}

function listed({ sessionId, mtime, summary }: TranscriptListing): string {
  const head = `{"sessionId":"${sessionId}","mtime":${String(mtime)}`;
  return summary === undefined ? `${head}}` : `${head},"summary":${summary}}`;
}

function subkeys({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: `${PATH}/subkeys`,
    tag: "transcripts",
    summary: "The sub-agents' transcripts of a session",
    params: TranscriptParams,
    answers: { 200: json(TranscriptSubkeys, "Their subpaths.") },
    handle: async ({ params: { projectKey, transcriptSessionId } }, response) => {
      const found = await recorder.transcripts.subkeys(projectKey, transcriptSessionId);
      sendJson(response, 200, { subkeys: found } satisfies TranscriptSubkeys);
    },
  });
}

function remove({ recorder }: RouteContext): Route {
  return route({
    method: "delete",
    path: PATH,
    tag: "transcripts",
    summary: "Delete a transcript, the main one with all its sub-agents'",
    description: "A repeat, whatever its key, finds none to delete.",
    params: TranscriptParams,
    query: TranscriptQuery,
    answers: { 200: json(TranscriptDeleteResult, "Gone.") },
    handle: async ({ params: { projectKey, transcriptSessionId }, query }, response) => {
      const key = { projectKey, sessionId: transcriptSessionId, ...query };
      const deleted = await recorder.transcripts.delete(key);
      sendJson(response, 200, { success: true, deleted } satisfies TranscriptDeleteResult);
    },
  });
}
