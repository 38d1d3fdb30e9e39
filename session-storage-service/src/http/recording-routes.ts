import { Action, BatchRequest, BatchResult, Response, WriteResult } from "session-protocol";
import { BATCH_TYPES } from "./batch.js";
import { readBody } from "./body.js";
import { SessionParams, type RouteContext } from "./context.js";
import { JSON_TYPE } from "./media-type.js";
import { ACTION, BATCH, RESPONSE, type Recording } from "./recording.js";
import { sendText } from "./reply.js";
import { json, ownBody, route, type BodySpec, type Answer, type Route, type Tag } from "./route.js";

const NDJSON_BATCH =
  'One event a line, `{"type":…,"id":…,"data":{…}}`, after an optional first line ' +
  '`{"batch":{"create":{…},"producer":{…}}}`. The fast form: data that stands last in its line is stored as sent.';

interface RecordingDocs {
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly body: BodySpec<unknown>;
  readonly answer: Answer;
}

/** The service answers these before express is reached; what is here answers alike and documents them. */
export function recordingRoutes(context: RouteContext): Route[] {
  return [
    record(context, ACTION, {
      tag: "actions",
      summary: "Record an action",
      body: ownBody(Action, [JSON_TYPE]),
      answer: json(WriteResult, "Stored."),
    }),
    record(context, RESPONSE, {
      tag: "actions",
      summary: "Record a response",
      description: "Without `type` it is a `text`. `usage` and `costUsd` add to the session's totals.",
      body: ownBody(Response, [JSON_TYPE], { mayBeEmpty: true }),
      answer: json(WriteResult, "Stored."),
    }),
    record(context, BATCH, {
      tag: "events",
      summary: "Record several events, all or none",
      description:
        "`create` makes the session where it does not exist. `producer` is what `verify` compares with.",
      body: ownBody(BatchRequest, BATCH_TYPES, { ndjson: NDJSON_BATCH }),
      answer: json(BatchResult, "Stored. The seqs span the batch's own events."),
    }),
  ];
}

function record({ recorder, limits }: RouteContext, recording: Recording, docs: RecordingDocs): Route {
  const { answer, ...others } = docs;
  return route({
    method: "post",
    path: recording.path,
    ...others,
    params: SessionParams,
    answers: { 200: answer },
    problems: recording === BATCH ? BATCH_PROBLEMS : ["session_closed"],
    handle: async ({ params: { sessionId }, request }, response) => {
      const bytes = await readBody(request, limits.bodyBytes);
      const submission = recording.submission(bytes, request.headers, limits);
      const receipt = await recorder.sessions.submit(sessionId, submission);
      sendText(response, 200, JSON_TYPE, recording.answer(receipt));
    },
  });
}

/** Whatever one of its events may be refused for, and a session of another user's. */
const BATCH_PROBLEMS = [
  "session_exists",
  "session_closed",
  "illegal_transition",
  "goal_not_found",
  "agent_not_found",
  "run_not_found",
  "run_closed",
] as const;
