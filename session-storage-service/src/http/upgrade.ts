import { STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { InvalidRequest } from "../domain/errors.js";
import { problemOf } from "./problem.js";

/** Answers what is no HTTP, or no complete request in time, and closes. */
export function refuseMalformed(error: Error, socket: Duplex): void {
  if (socket.writable) refuseUpgrade(socket, InvalidRequest.at("", `is not valid HTTP: ${error.message}`));
  else socket.destroy();
}

/** Answers an upgrade that is refused with a problem document, and closes. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { status, headers, body } = problemOf(error);
  const fields = { ...headers, "Content-Length": String(Buffer.byteLength(body)), Connection: "close" };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
}

const OF_THE_UPGRADE = new Set(["connection", "upgrade", "http2-settings"]);

/**
 * Answers a request that asks for a protocol other than WebSocket as if it had not asked (RFC 9110, section 7.8):
 * clients that would rather speak HTTP/2 send such a header with their first request.
 */
export function ignoreUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method = "GET", url = "/", httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    if (!OF_THE_UPGRADE.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}
