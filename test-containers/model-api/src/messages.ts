import type { IncomingMessage, ServerResponse } from "node:http";
import { Refusal } from "./conversation.js";

const MAX_BODY_BYTES = 64 * 1024 * 1024;

export const pathOf = ({ url = "/" }: IncomingMessage): string => new URL(url, "http://model").pathname;

/** Aborts when nobody waits for the answer any more. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return gone.signal;
}

export async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new Refusal(413, "request_too_large", "the body is too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Clients are told to try again at once, for the sake of tests. */
export function send(response: ServerResponse, status: number, body: object): void {
  const headers = { "content-type": "application/json", "retry-after": "0" };
  response.writeHead(status, headers).end(JSON.stringify(body));
}
