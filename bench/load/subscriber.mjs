import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { Frames } from "./frames.mjs";

/**
 * A WebSocket client that only listens, on a bare socket. Resolves once the greeting is there, which
 * both servers send when the subscription stands; `onFrame` gets what follows.
 * @param {number} port
 * @param {string} path
 * @param {(bytes: Buffer, start: number, end: number) => void} onFrame
 * @returns {Promise<import("node:net").Socket>}
 */
export async function subscribe(port, path, onFrame) {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  socket.write(upgradeRequest(port, path));
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the server closed a subscriber's connection")));
    readFrames(socket, onFrame, () => resolve(socket), reject);
  });
}

/**
 * @param {import("node:net").Socket} socket
 * @param {(bytes: Buffer, start: number, end: number) => void} onFrame
 * @param {() => void} onGreeting
 * @param {(error: Error) => void} onRefusal
 */
function readFrames(socket, onFrame, onGreeting, onRefusal) {
  let handle = /** @type {typeof onFrame} */ (
    () => {
      handle = onFrame;
      onGreeting();
    }
  );
  const frames = new Frames((bytes, start, end) => handle(bytes, start, end));
  let head = Buffer.alloc(0);
  const takeHead = (/** @type {Buffer} */ chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    if (!head.toString("latin1").startsWith("HTTP/1.1 101")) return onRefusal(new Error(head.toString()));
    socket.off("data", takeHead);
    socket.on("data", (bytes) => frames.take(bytes));
    frames.take(head.subarray(end + 4));
  };
  socket.on("data", takeHead);
}

/**
 * @param {number} port
 * @param {string} path
 */
function upgradeRequest(port, path) {
  const headers = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
  ];
  return `${headers.join("\r\n")}\r\n\r\n`;
}
