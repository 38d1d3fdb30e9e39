import { z } from "zod";
import { Metadata, SearchPage, SearchQuery, Stats } from "session-protocol";
import type { RouteContext } from "./context.js";
import { JSON_TYPE } from "./media-type.js";
import { linkNext, sendJson, sendText } from "./reply.js";
import { json, route, type Route } from "./route.js";

const RECENT_SESSIONS = 10;

export function queryRoutes({ recorder }: RouteContext): Route[] {
  return [
    route({
      method: "get",
      path: "/api/query/recent",
      tag: "query",
      summary: "The ten newest sessions",
      answers: { 200: json(z.array(Metadata), "Newest first.") },
      handle: async (_input, response) => {
        const sessions = await recorder.index.recent(RECENT_SESSIONS);
        sendText(response, 200, JSON_TYPE, `[${sessions.join(",")}]`);
      },
    }),
    route({
      method: "get",
      path: "/api/query/stats",
      tag: "query",
      summary: "Counts, tokens and cost of everything stored",
      answers: { 200: json(Stats, "The totals.") },
      handle: async (_input, response) => {
        sendJson(response, 200, await recorder.index.stats());
      },
    }),
    route({
      method: "get",
      path: "/api/query/search",
      tag: "query",
      summary: "Search the text of everything recorded",
      description:
        "Finds events that hold every word of `q`, newest first. Words in `snippet` that match are marked.",
      query: SearchQuery,
      answers: { 200: json(SearchPage, "A page of hits.", ["Link"]) },
      handle: async ({ query, request }, response) => {
        const page = await recorder.index.search(query);
        linkNext(request, response, "cursor", page.nextCursor);
        sendJson(response, 200, page);
      },
    }),
  ];
}
