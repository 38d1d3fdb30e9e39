import http from "node:http";

export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/**
 * A request with exactly these headers and this path, which tidier clients would not send.
 * An event stream, which has no end, is left once it has begun.
 */
export function send(
  url: string,
  { method = "GET", path, headers = {}, body }: RawRequest,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const { statusCode = 0, headers: received } = response;
      const chunks: Buffer[] = [];
      if (received["content-type"]?.startsWith("text/event-stream") === true) {
        resolve({ status: statusCode, headers: received, body: "" });
        response.destroy();
        return;
      }
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ status: statusCode, headers: received, body: Buffer.concat(chunks).toString("utf8") });
      });
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}
