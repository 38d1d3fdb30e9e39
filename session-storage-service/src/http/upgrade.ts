import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { problemOf } from "./problem.js";

/** Answers an upgrade that is refused with a problem document, and closes. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { status, headers, body } = problemOf(error);
  const fields = { ...headers, "Content-Length": String(Buffer.byteLength(body)), Connection: "close" };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
}
