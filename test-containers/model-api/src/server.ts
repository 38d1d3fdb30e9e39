import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { anthropicError } from "./anthropic.js";
import { dialectAt } from "./dialects.js";
import type { Holds } from "./holds.js";
import { goneSignal, pathOf, send, textOf } from "./messages.js";
import { Model, type ModelOptions } from "./model.js";
import { relay } from "./relay.js";

/** The model's APIs. Besides, `/holds` keeps answers back, and `/requests` tells what was asked. */
export function createModelApi(options: ModelOptions): Server {
  const model = new Model(options);
  return createServer((request, response) => {
    serve(model, options, request, response).catch((error: unknown) => {
      options.warn(String(error));
      response.destroy();
    });
  });
}

async function serve(
  model: Model,
  options: ModelOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request);
  const dialect = dialectAt(path);
  if (path === "/health") send(response, 200, { status: "ok" });
  else if (path === "/requests") send(response, 200, model.requests);
  else if (path === "/holds" || path.startsWith("/holds/")) hold(model.holds, request, response);
  else if (!isKeyShown(request)) refuse(response, 401, "authentication_error", "no key was sent");
  else if (dialect) await model.answer(dialect, request, response);
  else await other(options, request, response);
}

/** What else clients of the real API ask for. */
async function other(
  { upstream }: ModelOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request);
  const body = await textOf(request);
  if (upstream) await relay(upstream, request, body, response, goneSignal(response));
  else if (path === "/v1/messages/count_tokens") send(response, 200, { input_tokens: body.length });
  else refuse(response, 404, "not_found_error", `no ${path} here`);
}

const KEYS = ["x-api-key", "authorization", "x-goog-api-key"];

const isKeyShown = ({ headers }: IncomingMessage): boolean =>
  KEYS.some((name) => headers[name] !== undefined);

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  send(response, status, anthropicError({ type, message }));
}

/** `PUT /holds/<scenario>/<step>` keeps its answers back, `DELETE` lets them go; `DELETE /holds` lets go of all. */
function hold(holds: Holds, request: IncomingMessage, response: ServerResponse): void {
  const name = pathOf(request).slice("/holds/".length);
  if (request.method === "PUT") holds.close(name);
  if (request.method === "DELETE" && name === "") holds.openAll();
  else if (request.method === "DELETE") holds.open(name);
  send(response, 200, holds.list());
}
