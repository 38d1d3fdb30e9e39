import type { ServerResponse } from "node:http";
import type { Request, Response } from "express";
import { JSON_TYPE } from "./media-type.js";
import type { ProblemReply } from "./problem.js";

export function sendJson(response: Response, status: number, body: unknown): void {
  sendText(response, status, JSON_TYPE, JSON.stringify(body));
}

export function sendText(response: Response, status: number, type: string, text: string | Buffer): void {
  // Not `send`, which answers 304 by the ETag alone: a state's version stays while its `seq` and time move.
  response
    .status(status)
    .type(type)
    .set("Content-Length", String(Buffer.byteLength(text)))
    .end(text);
}

export function sendProblem(response: ServerResponse, { status, headers, body }: ProblemReply): void {
  response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(body) });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** Names the next page: this request with one parameter changed. Nothing where there is no next page. */
export function linkNext(
  request: Request,
  response: Response,
  name: string,
  value: string | number | null,
): void {
  if (value === null) return;
  const { pathname, searchParams } = new URL(request.originalUrl, "http://service");
  searchParams.set(name, String(value));
  response.set("Link", `<${pathname}?${searchParams.toString()}>; rel="next"`);
}
