import http from "node:http";
import https from "node:https";

export interface OneRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
  /** Of the same protocol as `url`. */
  readonly agent: http.Agent;
}

export interface OneAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** Keeps connections, as undici's clients do, and none of them keeps the process alive. */
export function keptConnections(protocol: string): http.Agent {
  const { Agent } = protocol === "https:" ? https : http;
  return new Agent({ keepAlive: true });
}

/**
 * A request of Node's own. undici's parser is WebAssembly, which V8 begins to optimize
 * when the first answer is read; a process ends only when that is done, which takes a tenth of a second.
 */
export function oneRequest({ url, body, maxAnswerBytes, ...options }: OneRequest): Promise<OneAnswer> {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === "https:" ? https : http;
    const sent = request(url, options, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) answer.destroy(new Error("the answer is too long"));
        chunks.push(chunk);
      });
      answer.on("error", reject);
      answer.on("end", () => {
        const { statusCode = 0, headers } = answer;
        resolve({ status: statusCode, headers, text: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("socket", (socket) => socket.unref());
    sent.on("error", reject);
    sent.end(body);
  });
}
