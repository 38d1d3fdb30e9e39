import type { Socket } from "node:net";
import { buildConnector } from "undici";

/** What undici's connectors do. Their declared type leaves out that they return the socket at once. */
type Connect = (...given: Parameters<buildConnector.connector>) => Socket;

export interface UnrefConnector {
  readonly connect: buildConnector.connector;
  /** Ends the sockets that are there, also those that are being connected, which undici itself waits for. */
  readonly cut: (reason: string) => void;
}

/**
 * Connects like undici, with a socket that never keeps the process alive: undici refs its sockets while a
 * request is in flight, so a service that hangs would hold an agent that has long finished.
 */
export function unrefConnector(timeoutMs: number): UnrefConnector {
  const connect = buildConnector({ timeout: timeoutMs }) as Connect;
  const sockets = new Set<Socket>();
  return {
    connect: (options, callback) => {
      const socket = connect(options, callback);
      socket.ref = () => socket;
      // Each address that is tried has a handle of its own.
      socket.on("connectionAttempt", () => {
        socket.unref();
      });
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      return socket;
    },
    cut: (reason) => {
      for (const socket of sockets) socket.destroy(new Error(reason));
    },
  };
}
