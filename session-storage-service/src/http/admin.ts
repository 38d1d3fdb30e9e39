import { CleanupRequest, CleanupResult } from "session-protocol";
import type { RouteContext } from "./context.js";
import { sendJson } from "./reply.js";
import { json, optionalBody, route, type Route } from "./route.js";

export function adminRoutes({ recorder }: RouteContext): Route[] {
  return [
    route({
      method: "post",
      path: "/api/admin/cleanup",
      tag: "service",
      summary: "Throw away what has outlived its time",
      description:
        "Answers when it is done. What is running or changes meanwhile stays until the next time. " +
        "Of an expired run its session keeps the counts.",
      body: optionalBody(CleanupRequest),
      answers: { 200: json(CleanupResult, "What has gone.") },
      handle: async ({ body, key }, response) => {
        sendJson(response, 200, await recorder.cleanup(body.fields, key));
      },
    }),
  ];
}
