import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import sirv from "sirv";
import { pageHeaders } from "./page-headers.js";

export interface PageServerOptions {
  /** Where the built page is. */
  readonly folder: string;
  /** The storage service, as the browser reaches it. */
  readonly service: URL;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface PageServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the built page, and tells it where the service is. */
export async function startPageServer({
  folder,
  service,
  host,
  port,
}: PageServerOptions): Promise<PageServer> {
  const files = sirv(folder, { etag: true, dev: false });
  const headers = pageHeaders(service);
  const config = JSON.stringify({ service: service.href });
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (request.url?.split("?", 1)[0] === "/config.json") answer(response, 200, config, "application/json");
    else files(request, response, () => notFound(request, response));
  });
  await listening(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closed(server),
  };
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  answer(response, 404, "not found\n", "text/plain; charset=utf-8");
}

function answer(response: ServerResponse, status: number, body: string, type: string): void {
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(body);
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
