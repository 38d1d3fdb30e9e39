import type { Agent } from "node:http";
import { Client } from "undici";
import { keptConnections, oneRequest } from "./one-request.js";
import { parseRetryAfterMs, type Reply } from "./retry-delay.js";
import { unrefConnector, type UnrefConnector } from "./unref-connect.js";
import { whenAlone } from "./when-alone.js";

export interface TransportRequest {
  readonly method: "GET" | "POST";
  /** Below the service's address, starting with a slash. */
  readonly path: string;
  /** Lines of JSON. */
  readonly body?: string;
  /** The process is about to end, and waits for the answer. */
  readonly isLast?: boolean;
}

/** The way to the service. Tests and other networks put their own here. */
export interface Transport {
  /** Never rejects. */
  request(request: TransportRequest): Promise<Reply>;
  /** Gives up what is in flight, whose requests then answer with a failure. */
  cut?(): void;
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
/** Most programs that are soon over make no more. */
const COLD_REQUESTS = 8;
const NDJSON = { "content-type": "application/x-ndjson" };

/**
 * HTTP over two kept connections of its own: one writes, the other reads and so never waits behind a batch. The first
 * requests, and the last of a process that made no others, go over Node's own: see `oneRequest`.
 * @throws where `serviceUrl` is no address of HTTP
 */
export function createHttpTransport({ serviceUrl, requestTimeoutMs, now }: TransportOptions): Transport {
  const { origin, pathname } = new URL(serviceUrl);
  const prefix = pathname.replace(/\/+$/, "");
  const connector = unrefConnector(requestTimeoutMs);
  const exchange = createExchange(origin, connector);
  const inFlight = new Set<AbortController>();
  const cut = (): void => {
    const why = "no answer before the end of the process";
    for (const each of inFlight) each.abort(new Error(why));
    connector.cut(why);
  };
  return {
    async request({ path, ...request }) {
      const deadline = new AbortController();
      const tooLate = (): void => deadline.abort(new Error(`no answer within ${requestTimeoutMs} ms`));
      const timer = setTimeout(tooLate, requestTimeoutMs).unref();
      const ended = whenAlone(cut);
      inFlight.add(deadline);
      let reply: Reply;
      try {
        const { signal } = deadline;
        const { retryAfter, ...answer } = await exchange.over({ ...request, path: prefix + path, signal });
        reply = { ...answer, retryAfterMs: parseRetryAfterMs(retryAfter, now()) };
      } catch (error) {
        reply = { failure: reason(deadline.signal.aborted ? deadline.signal.reason : error) };
      }
      clearTimeout(timer);
      inFlight.delete(deadline);
      ended("status" in reply);
      return reply;
    },
    cut,
    async close() {
      for (const each of inFlight) each.abort(new Error("the hook agent is closed"));
      await exchange.close();
    },
  };
}

type Exchange = TransportRequest & { readonly signal: AbortSignal };

interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | undefined;
}

function createExchange(origin: string, connector: UnrefConnector) {
  const clients = { GET: createClient(origin, connector), POST: createClient(origin, connector) };
  const cold = keptConnections(new URL(origin).protocol);
  let requests = 0;
  let isWarm = false;
  return {
    over({ isLast, ...exchange }: Exchange): Promise<Answered> {
      requests += 1;
      const isCold = !isWarm && (isLast === true || requests <= COLD_REQUESTS);
      isWarm ||= !isCold;
      return isCold ? exchangeCold(origin, cold, exchange) : exchangeKept(clients[exchange.method], exchange);
    },
    async close(): Promise<void> {
      cold.destroy();
      await Promise.all([clients.GET.destroy(), clients.POST.destroy()]);
    },
  };
}

function createClient(origin: string, { connect }: UnrefConnector): Client {
  return new Client(origin, {
    connect,
    // The request's own deadline is the only one.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_ANSWER_BYTES,
  });
}

const headersFor = (body: string | undefined): Record<string, string> => ({
  accept: "application/json",
  ...(body !== undefined && NDJSON),
});

async function exchangeKept(client: Client, { body, ...request }: Exchange): Promise<Answered> {
  const answer = await client.request({ ...request, headers: headersFor(body), body: body ?? null });
  const retryAfter = answer.headers["retry-after"];
  return {
    status: answer.statusCode,
    body: parseJson(await answer.body.text()),
    retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
  };
}

async function exchangeCold(origin: string, agent: Agent, exchange: Exchange): Promise<Answered> {
  const answer = await oneRequest({
    method: exchange.method,
    url: new URL(origin + exchange.path),
    headers: headersFor(exchange.body),
    body: exchange.body,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    signal: exchange.signal,
    agent,
  });
  return {
    status: answer.status,
    body: parseJson(answer.text),
    retryAfter: answer.headers["retry-after"],
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
