import type { Request, Response } from "express";
import { z } from "zod";
import { DEFAULT_LIMIT, LogEntry, LogQuery } from "session-protocol";
import type { LogName, StoredText } from "../domain/reading.js";
import { SessionParams, type RouteContext } from "./context.js";
import { JSON_TYPE, NDJSON_TYPE } from "./media-type.js";
import { linkNext } from "./reply.js";
import { json, route, type Route } from "./route.js";
import { firstPage, jsonArray, ndjson, ndjsonOf, sendPieces, wantsNdjson } from "./streaming.js";

export function actionRoutes(context: RouteContext): Route[] {
  return [
    read(context, "/api/actions/{sessionId}", "actions"),
    read(context, "/api/actions/{sessionId}/responses", "responses"),
  ];
}

function read({ recorder }: RouteContext, path: string, log: LogName): Route {
  const page = json(
    z.array(LogEntry),
    `A page of ${log}; as NDJSON all of them, unless there is a \`limit\`.`,
    ["Link"],
  );
  return route({
    method: "get",
    path,
    tag: "actions",
    summary: `Read the ${log}, in order`,
    description:
      "Large entries make a page shorter than `limit`, and a tail shorter than `tail`; the `Link` header leads on.",
    params: SessionParams,
    query: LogQuery,
    answers: { 200: { ...page, content: { ...page.content, [NDJSON_TYPE]: "One entry a line, in order." } } },
    handle: async ({ params: { sessionId }, query, request }, response) => {
      const { limit, tail, ...place } = query;
      const { seq } = await recorder.sessions.get(sessionId);
      const selection = { ...place, upTo: seq };
      const lines = wantsNdjson(request, response);
      if (tail !== undefined) {
        const { entries } = await recorder.history.tail(sessionId, log, tail, selection);
        await send(request, response, entries, lines);
        return;
      }
      const pieces = recorder.history.entries(sessionId, log, selection);
      if (lines && limit === undefined) {
        await sendPieces(request, response, NDJSON_TYPE, ndjson(pieces));
        return;
      }
      const { entries, more } = await firstPage(pieces, limit ?? DEFAULT_LIMIT);
      if (more) linkNext(request, response, "after", entries.at(-1)?.seq ?? null);
      await send(request, response, entries, lines);
    },
  });
}

function send(
  request: Request,
  response: Response,
  entries: readonly StoredText[],
  lines: boolean,
): Promise<void> {
  const pieces = lines ? ndjsonOf(entries) : jsonArray(entries);
  return sendPieces(request, response, lines ? NDJSON_TYPE : JSON_TYPE, pieces);
}
