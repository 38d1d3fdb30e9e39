import type { Socket } from "node:net";
import { buildConnector } from "undici";

/** What undici's connectors do. Their declared type leaves out that they return the socket at once. */
type Connect = (...given: Parameters<buildConnector.connector>) => Socket;

/**
 * Connects like undici, with a socket that never keeps the process alive: undici refs its sockets while a
 * request is in flight, so a service that hangs would hold an agent that has long finished.
 */
export function unrefConnector(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs }) as Connect;
  return (options, callback) => {
    const socket = connect(options, callback);
    socket.ref = () => socket;
    // Each address that is tried has a handle of its own.
    socket.on("connectionAttempt", () => {
      socket.unref();
    });
  };
}
