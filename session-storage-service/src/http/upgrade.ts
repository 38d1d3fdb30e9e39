import { STATUS_CODES } from "node:http";
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
