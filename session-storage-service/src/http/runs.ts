import { z } from "zod";
import {
  CompleteRun,
  RunNode,
  RunsQuery,
  RunSummary,
  StartRun,
  StartRunResult,
  WriteResult,
} from "session-protocol";
import { RunNotFound } from "../domain/errors.js";
import { about } from "./commands.js";
import { RunParams, SessionParams, SessionRunParams, type RouteContext } from "./context.js";
import { JSON_TYPE } from "./media-type.js";
import { linkNext, sendJson } from "./reply.js";
import { json, jsonBody, route, type Route } from "./route.js";
import { summaryArray, wholeSummary } from "./run-summary.js";
import { sendPieces } from "./streaming.js";
import { write } from "./written.js";

export function runRoutes(context: RouteContext): Route[] {
  return [start(context), node(context), complete(context), list(context), get(context)];
}

function start({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/sessions/{sessionId}/runs",
    tag: "runs",
    summary: "Record that a run has begun",
    description:
      "Without `runId` the service makes one. One that the session has is answered as it began; a `runId` is taken once across all sessions.",
    params: SessionParams,
    body: jsonBody(StartRun),
    answers: { 201: json(StartRunResult, "The run has begun.", ["Location"]) },
    problems: ["session_closed", "illegal_transition"],
    handle: async ({ params: { sessionId }, body: { value, raw }, key, request }, response) => {
      const command = { type: "execution_started", id: key, data: value, raw } as const;
      const written = await write(recorder, sessionId, command, ["execution_started"]);
      const runId = String((await written.event())?.data.runId ?? value.runId);
      response.location(`${request.baseUrl}/runs/${runId}`);
      const { seq, mark } = written;
      sendJson(response, 201, { success: true, runId, seq, ...mark } satisfies StartRunResult);
    },
  });
}

function node({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/sessions/{sessionId}/runs/{runId}/nodes",
    tag: "runs",
    summary: "Record a step of a run, or what has become of it",
    params: SessionRunParams,
    body: jsonBody(RunNode),
    answers: { 200: json(WriteResult, "Stored. A repeat of `nodeId` updates the node.") },
    problems: ["session_closed", "run_not_found", "run_closed"],
    handle: async ({ params: { sessionId, runId }, body, key }, response) => {
      const { value, raw } = about("runId", runId, body);
      const command = { type: "node_executed", id: key, data: value, raw } as const;
      const { seq, mark } = await write(recorder, sessionId, command, ["node_executed"]);
      sendJson(response, 200, { success: true, seq, ...mark } satisfies WriteResult);
    },
  });
}

const ENDS = ["execution_completed", "execution_failed"] as const;

function complete({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/sessions/{sessionId}/runs/{runId}/complete",
    tag: "runs",
    summary: "Record that a run has ended",
    description: "Without `tokensUsed` and `costCents` they are those of the run's responses.",
    params: SessionRunParams,
    body: jsonBody(CompleteRun),
    answers: { 200: json(WriteResult, "Stored. The run takes no more.") },
    problems: ["session_closed", "run_not_found", "run_closed"],
    handle: async ({ params: { sessionId, runId }, body, key }, response) => {
      const { value, raw } = about("runId", runId, body);
      const type = body.fields.status === "completed" ? ENDS[0] : ENDS[1];
      const { seq, mark } = await write(recorder, sessionId, { type, id: key, data: value, raw }, ENDS);
      sendJson(response, 200, { success: true, seq, ...mark } satisfies WriteResult);
    },
  });
}

function list({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/sessions/{sessionId}/runs",
    tag: "runs",
    summary: "A session's runs, newest first",
    description: "With those that a fork has from its source.",
    params: SessionParams,
    query: RunsQuery,
    answers: { 200: json(z.array(RunSummary), "A page of runs.", ["Link"]) },
    handle: async ({ params: { sessionId }, query, request }, response) => {
      await recorder.sessions.get(sessionId);
      const { runs, more } = await recorder.index.runs({ ...query, sessionId });
      linkNext(request, response, "skip", more ? query.skip + query.limit : null);
      await sendPieces(request, response, JSON_TYPE, summaryArray(recorder, runs));
    },
  });
}

function get({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/runs/{runId}",
    tag: "runs",
    summary: "A run, as it stands",
    params: RunParams,
    answers: { 200: json(RunSummary, "The run.") },
    problems: ["run_not_found"],
    handle: async ({ params: { runId } }, response) => {
      const run = await recorder.index.run(runId);
      if (run === undefined) throw new RunNotFound(runId);
      sendJson(response, 200, await wholeSummary(recorder, run));
    },
  });
}
