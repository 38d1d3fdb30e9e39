import type { Socket } from "node:net";
import { buildConnector } from "undici";

/**
 * Connects like undici, with a socket that never keeps the process alive: undici refs its sockets while a
 * request is in flight, so a service that hangs would hold an agent that has long finished.
 */
export function unrefConnector(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs });
  return (options, callback) => {
    // undici returns the socket, its types do not say so.
    const socket = connect(options, callback) as unknown as Socket;
    socket.ref = () => socket;
    socket.unref();
    // With several addresses each attempt after the first has a new handle.
    socket.on("connectionAttempt", () => socket.unref());
  };
}
