import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface Upstream {
  readonly url: string;
  readonly apiKey: string;
}

/** Headers that tell an API how to read a request, and a client how to go on after an answer. */
const SENT = ["accept", "anthropic-beta", "anthropic-version", "content-type", "user-agent"];
const ANSWERED = ["content-type", "request-id", "retry-after"];

/** Passes a request on to the real API, with the one key that only this process has. */
export async function relay(
  { url, apiKey }: Upstream,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const answer = await fetch(url + (request.url ?? ""), {
    method: request.method ?? "POST",
    headers: { ...sent(request), ...keyFor(request, apiKey) },
    ...(body !== "" && { body }),
    signal: gone,
  });
  const headers = ANSWERED.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  response.writeHead(answer.status, Object.fromEntries(headers));
  if (answer.body === null) response.end();
  else await pipeline(Readable.fromWeb(answer.body), response);
}

/** The two ways of showing a key exclude each other. */
function keyFor({ url = "" }: IncomingMessage, apiKey: string): Record<string, string> {
  const isOpenAi = url.startsWith("/v1/chat/");
  return isOpenAi ? { authorization: `Bearer ${apiKey}` } : { "x-api-key": apiKey };
}

function sent({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    SENT.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}
