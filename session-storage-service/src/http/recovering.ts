import type { RequestListener } from "node:http";
import { StorageUnavailable } from "../domain/errors.js";
import { JSON_TYPE } from "./media-type.js";
import { problemOf } from "./problem.js";
import { sendProblem } from "./reply.js";
import { corsHeaders, refuseForeign, SAFE_HEADERS, type Gate } from "./security.js";

/** The one path that is answered as ever while the storage is being recovered. */
export const ALIVE_PATH = "/health/live";
const ALIVE = JSON.stringify({ status: "ok" });
const ALIVE_URL = new RegExp(`^${ALIVE_PATH}/?(?:\\?.*)?$`);

/** Answers while the storage is being recovered: the process lives, and nothing else can be said yet. */
export function recoveringAnswers(gate: Gate): RequestListener {
  return (request, response) => {
    request.resume();
    const { method = "GET", url = "", headers } = request;
    const always = { ...SAFE_HEADERS, ...corsHeaders(gate, headers.origin) };
    try {
      refuseForeign(gate, method, headers);
      if (!ALIVE_URL.test(url)) throw new StorageUnavailable("the storage is being recovered");
      response.writeHead(200, { ...always, "Content-Type": JSON_TYPE }).end(ALIVE);
    } catch (error) {
      const problem = problemOf(error);
      sendProblem(response, { ...problem, headers: { ...always, ...problem.headers } });
    }
  };
}
