import { z } from "zod";
import {
  HistoryEntry,
  HistoryQuery,
  LogsQuery,
  RunLogs,
  RunStats,
  RunStatsQuery,
  UsageQuery,
  UsageReport,
  type RunSummary,
} from "session-protocol";
import { RunNotFound } from "../domain/errors.js";
import { AgentOnlyParams, UserParams, type RouteContext } from "./context.js";
import { durationText } from "./duration-text.js";
import { JSON_TYPE } from "./media-type.js";
import { linkNext, sendJson } from "./reply.js";
import { json, route, type Route } from "./route.js";
import { runLogs } from "./run-logs.js";
import { summaryArray, wholeSummary } from "./run-summary.js";
import { sendPieces } from "./streaming.js";

export function runHistoryRoutes(context: RouteContext): Route[] {
  return [history(context), logs(context), userStats(context), agentStats(context), usage(context)];
}

function history({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/agents/history",
    tag: "runs",
    summary: "Runs of all sessions, newest first",
    description: "`since` and `until` are about when a run began, and take in the moment they name.",
    query: HistoryQuery,
    answers: { 200: json(z.array(HistoryEntry), "A page of runs.", ["Link"]) },
    handle: async ({ query, request }, response) => {
      const status = query.status === "success" ? "completed" : query.status;
      const { runs, more } = await recorder.index.runs({ ...query, status });
      linkNext(request, response, "skip", more ? query.skip + query.limit : null);
      await sendPieces(request, response, JSON_TYPE, summaryArray(recorder, runs, historyEntry));
    },
  });
}

function historyEntry(run: RunSummary): HistoryEntry {
  return {
    ...run,
    status: run.status === "completed" ? "success" : run.status,
    duration: run.durationMs === null ? null : durationText(run.durationMs),
  };
}

function logs({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/agents/logs",
    tag: "runs",
    summary: "A run step by step",
    description:
      "Nodes in the order they were first seen, each as it stands. Times are in words beside the numbers.",
    query: LogsQuery,
    answers: { 200: json(RunLogs, "The run's nodes.") },
    problems: ["run_not_found"],
    handle: async ({ query: { runId }, request }, response) => {
      const run = await recorder.index.run(runId);
      if (run === undefined) throw new RunNotFound(runId);
      const summary = await wholeSummary(recorder, run);
      await sendPieces(request, response, JSON_TYPE, runLogs(recorder.history, { ...run, summary }));
    },
  });
}

const STATS = {
  method: "get",
  tag: "query",
  query: RunStatsQuery,
  answers: { 200: json(RunStats, "Of the runs that began on these days.") },
} as const;

function userStats({ recorder }: RouteContext): Route {
  return route({
    ...STATS,
    path: "/api/query/stats/users/{userId}",
    summary: "How a user's runs have fared",
    params: UserParams,
    handle: async ({ params: { userId }, query: { days } }, response) => {
      const now = recorder.clock.now();
      sendJson(response, 200, await recorder.index.runStats({ userId, days, now }));
    },
  });
}

function agentStats({ recorder }: RouteContext): Route {
  return route({
    ...STATS,
    path: "/api/query/stats/agents/{agentId}",
    summary: "How an agent's runs have fared",
    params: AgentOnlyParams,
    handle: async ({ params: { agentId }, query: { days } }, response) => {
      const now = recorder.clock.now();
      sendJson(response, 200, await recorder.index.runStats({ agentId, days, now }));
    },
  });
}

function usage({ recorder }: RouteContext): Route {
  return route({
    method: "get",
    path: "/api/query/usage",
    tag: "query",
    summary: "Runs, tokens and cost by day, model, agent or user",
    description: "By whole days in UTC. Days come in order, anything else by what it cost.",
    query: UsageQuery,
    answers: { 200: json(UsageReport, "The sums.") },
    handle: async ({ query }, response) => {
      sendJson(response, 200, { rows: await recorder.index.usage(query) });
    },
  });
}
