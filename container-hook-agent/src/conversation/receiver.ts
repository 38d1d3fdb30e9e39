import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Receiver {
  readonly url: string;
  /** Resolves when what was received has been handed over. */
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly onHook: (body: string) => void;
  /** Given what the agent's telemetry sends of its log, if anything. */
  readonly onTelemetry?: (body: string) => void;
}

/** The address of a hook has this. */
export const HOOK_PATH = "/container-hook-agent/hook";
/** As OTLP has it. */
export const TELEMETRY_PATH = "/v1/logs";
const OTLP = /^\/v1\/(?:logs|traces|metrics)$/;

const HOST = "127.0.0.1";
/** A tool's answer may be large; beyond this nothing of it is kept. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Listens for hooks and telemetry on the loopback interface. Claude Code waits for the answer to a hook, so that comes
 * first, and the work after it. A hook can never fail: the answer is the same whatever was sent.
 */
export async function startReceiver({ port, onHook, onTelemetry }: ReceiverOptions): Promise<Receiver> {
  let received = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isOurs = request.url?.startsWith(HOOK_PATH) === true;
    const isHook = isOurs && request.method === "POST";
    const isTelemetry = request.url === TELEMETRY_PATH && request.method === "POST";
    const body = await readBody(request);
    const answer = isOurs && !isHook ? { received } : {};
    response
      .writeHead(isOurs || OTLP.test(request.url ?? "") ? 200 : 404, { "content-type": "application/json" })
      .end(JSON.stringify(answer));
    if (isTelemetry && body !== undefined && onTelemetry) setImmediate(onTelemetry, body);
    if (!isHook) return;
    received += 1;
    if (body !== undefined) setImmediate(onHook, body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, HOST, resolve);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}${HOOK_PATH}`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 200).unref();
      });
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** Undefined: it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString("utf8") : undefined;
}
