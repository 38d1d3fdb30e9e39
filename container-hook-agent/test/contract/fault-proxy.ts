import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { freePort } from "../support/free-port.js";

/** `down`: nobody listens. `cut`: the service has it, and the answer breaks off. `twice`: the service gets it twice. */
export type Fault = "none" | "down" | "hang" | "cut" | "twice" | StatusFault;

interface StatusFault {
  readonly status: number;
  readonly headers?: Record<string, string>;
  /** After so many such answers all is well. */
  readonly times?: number;
  /** Only for larger requests. */
  readonly overBytes?: number;
}

export interface FaultProxy {
  readonly url: string;
  readonly requests: () => number;
  set(fault: Fault): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Stands between a hook agent and the service at `target`, and does to requests what it is told. */
export async function startFaultProxy(target: () => string): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let fault: Fault = "none";
  let left = Infinity;
  let requests = 0;

  const server = createServer((incoming, response) => {
    requests += 1;
    void answer(incoming, response).catch(() => response.destroy());
  });
  server.on("connection", (socket) => sockets.add(socket.on("close", () => sockets.delete(socket))));

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await collect(incoming);
    if (fault === "hang") return;
    if (typeof fault === "object" && left > 0 && body.length > (fault.overBytes ?? -1)) {
      left -= 1;
      response.writeHead(fault.status, fault.headers).end();
      return;
    }
    if (fault === "twice") await forward(target(), incoming, body);
    const { status, headers, body: answered } = await forward(target(), incoming, body);
    response.writeHead(status, headers);
    if (fault === "cut") response.write(answered.subarray(0, 5), () => response.destroy());
    else response.end(answered);
  };
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });

  // One that nobody else is given while it is down.
  const port = await freePort();
  await listen(port);
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    async set(next) {
      // Who was left hanging is cut off, as by a service that is started again.
      if (fault === "hang" && next !== "hang") for (const socket of sockets) socket.destroy();
      if (next === "down" && server.listening) await close();
      if (next !== "down" && !server.listening) await listen(port);
      fault = next;
      left = typeof next === "object" ? (next.times ?? Infinity) : 0;
    },
    close,
  };
}

function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host: _, ...passed } = headers;
    const outgoing = request(
      target + (url ?? ""),
      { method: method ?? "GET", headers: passed, agent: false },
      (reply) => {
        const { "transfer-encoding": __, ...kept } = reply.headers;
        collect(reply).then((bytes) => {
          const length = { "content-length": String(bytes.length) };
          resolve({ status: reply.statusCode ?? 502, headers: { ...kept, ...length }, body: bytes });
        }, reject);
      },
    );
    outgoing.on("error", reject).end(body);
  });
}

async function collect(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
