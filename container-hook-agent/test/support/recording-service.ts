import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { BatchHeader } from "session-protocol";

export interface ReceivedEvent {
  readonly type: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

export interface ReceivedBatch {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly header: BatchHeader;
  readonly events: readonly ReceivedEvent[];
}

/** What the service does with a batch in place of storing it: answer, never answer, or store it and cut the connection in the answer. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | "hang"
  | "store-and-cut";

export interface ServiceOptions {
  readonly port?: number;
  /** `number` counts the batches from 0. Nothing returned: the batch is stored. */
  readonly fault?: (batch: ReceivedBatch, number: number) => Fault | undefined | Promise<undefined>;
}

export interface RecordingService {
  readonly url: string;
  readonly port: number;
  readonly batches: ReceivedBatch[];
  /** In order, each id once. */
  readonly stored: ReceivedEvent[];
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A real HTTP server that keeps the batch route of the contract, as far as a test lets it. */
export async function startRecordingService({
  port = 0,
  fault,
}: ServiceOptions = {}): Promise<RecordingService> {
  const batches: ReceivedBatch[] = [];
  const stored: ReceivedEvent[] = [];
  const ids = new Set<string>();
  const sockets = new Set<Socket>();
  let connections = 0;

  const store = (events: readonly ReceivedEvent[]): object => {
    const fresh = events.filter(({ id }) => !ids.has(id));
    for (const { id } of fresh) ids.add(id);
    const firstSeq = stored.length + 1;
    stored.push(...fresh);
    const duplicates = events.length - fresh.length;
    return { success: true, firstSeq, lastSeq: stored.length, stored: fresh.length, duplicates };
  };

  // It keeps connections for longer than any test: an agent that waits for it to let go is found out.
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    if (request.url === "/health/ready") {
      reply(response, { status: 200, body: { status: "ok" } });
      return;
    }
    void read(request).then(async (batch) => {
      const number = batches.push(batch) - 1;
      const wrong = await fault?.(batch, number);
      if (wrong === "hang") return;
      if (wrong === "store-and-cut") {
        cut(response, store(batch.events));
        return;
      }
      reply(response, wrong ?? { status: 200, body: store(batch.events) });
    });
  });
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket.on("close", () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    batches,
    stored,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function read(request: IncomingMessage): Promise<ReceivedBatch> {
  request.setEncoding("utf8");
  let text = "";
  for await (const part of request) text += String(part);
  const [first, ...rest] = text.split("\n").filter((line) => line !== "");
  const { batch } = JSON.parse(first ?? "{}") as { batch: BatchHeader };
  const events = rest.map((line) => JSON.parse(line) as ReceivedEvent);
  return { path: request.url ?? "", contentType: request.headers["content-type"], header: batch, events };
}

function reply(response: ServerResponse, { status, headers, body }: Exclude<Fault, string>): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

function cut(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { "content-type": "application/json", "content-length": text.length });
  response.write(text.slice(0, 5), () => response.destroy());
}
