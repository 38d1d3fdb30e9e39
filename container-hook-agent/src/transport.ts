import { Client } from "undici";
import { parseRetryAfterMs, type Reply } from "./retry-delay.js";
import { unrefConnector } from "./unref-connect.js";

export interface TransportRequest {
  readonly method: "GET" | "POST";
  /** Below the service's address, starting with a slash. */
  readonly path: string;
  /** Lines of JSON. */
  readonly body?: string;
}

/** The way to the service. Tests and other networks put their own here. */
export interface Transport {
  /** Never rejects. */
  request(request: TransportRequest): Promise<Reply>;
  /** Cuts what is in flight, whose requests then answer with a failure. */
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly serviceUrl: string;
  /** For the whole of a request, from connecting to the last byte of the answer. */
  readonly requestTimeoutMs: number;
  readonly now: () => number;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
const NDJSON = { "content-type": "application/x-ndjson" };

/**
 * HTTP over two kept connections of its own: one writes, the other reads and so never waits behind a batch.
 * @throws where `serviceUrl` is no address of HTTP
 */
export function createHttpTransport({ serviceUrl, requestTimeoutMs, now }: TransportOptions): Transport {
  const { origin, pathname } = new URL(serviceUrl);
  const prefix = pathname.replace(/\/+$/, "");
  const clients = {
    GET: createClient(origin, requestTimeoutMs),
    POST: createClient(origin, requestTimeoutMs),
  };

  return {
    async request({ method, path, body }) {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), requestTimeoutMs).unref();
      try {
        return await exchange(clients[method], { method, path: prefix + path, body }, deadline.signal, now);
      } catch (error) {
        const tooLate = deadline.signal.aborted;
        return { failure: tooLate ? `no answer within ${requestTimeoutMs} ms` : reason(error) };
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      await Promise.all([clients.GET.destroy(), clients.POST.destroy()]);
    },
  };
}

function createClient(origin: string, timeoutMs: number): Client {
  return new Client(origin, {
    connect: unrefConnector(timeoutMs),
    // The request's own deadline is the only one.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_ANSWER_BYTES,
  });
}

async function exchange(
  client: Client,
  { method, path, body }: { method: "GET" | "POST"; path: string; body: string | undefined },
  signal: AbortSignal,
  now: () => number,
): Promise<Reply> {
  const headers = { accept: "application/json", ...(body !== undefined && NDJSON) };
  const answer = await client.request({ method, path, headers, body: body ?? null, signal });
  const retryAfter = answer.headers["retry-after"];
  return {
    status: answer.statusCode,
    body: parseJson(await answer.body.text()),
    retryAfterMs: parseRetryAfterMs(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, now()),
  };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** For people: why there was no answer. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message === "" ? (code ?? error.name) : error.message;
}

/** Whether the service can be reached and takes writes. Keeps the process alive for at most `timeoutMs`. */
export async function testConnection(transport: Transport | undefined, timeoutMs: number): Promise<boolean> {
  if (transport === undefined) return false;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const answer = transport
    .request({ method: "GET", path: "/health/ready" })
    .then((reply) => "status" in reply && reply.status === 200)
    .catch(() => false);
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
}
