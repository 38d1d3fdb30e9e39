import type { IncomingMessage, ServerResponse } from "node:http";
import { StorageUnavailable } from "../domain/errors.js";
import { JSON_TYPE } from "./media-type.js";
import { problemOf } from "./problem.js";

/** The one path that is answered as ever while the storage is being recovered. */
export const ALIVE_PATH = "/health/live";
const ALIVE = JSON.stringify({ status: "ok" });

/** Answers while the storage is being recovered: the process lives, and nothing else can be said yet. */
export function answerRecovering(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  if (request.url === ALIVE_PATH) {
    response.writeHead(200, { "Content-Type": JSON_TYPE }).end(ALIVE);
    return;
  }
  const { status, headers, body } = problemOf(new StorageUnavailable("the storage is being recovered"));
  response.writeHead(status, headers).end(body);
}
