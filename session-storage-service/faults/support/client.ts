import { SessionEvent, State, VerifyResult } from "session-protocol";
import { Pool, type Dispatcher } from "undici";
import type { z } from "zod";

export interface Answer {
  status: number;
  body: unknown;
}

export interface Call {
  method: Dispatcher.HttpMethod;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** HTTP to one service process. A connection that breaks rejects: what became of the request is then unknown. */
export class Client {
  readonly #pool: Pool;

  constructor(readonly url: string) {
    this.#pool = new Pool(url, { connections: 128, headersTimeout: 60_000, bodyTimeout: 60_000 });
  }

  async send(call: Call): Promise<Answer> {
    const { statusCode, body } = await this.#pool.request(call);
    const text = await body.text();
    return { status: statusCode, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send({ ...json(body, headers), method: "POST", path });
  }

  async read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const { status, body } = await this.send({ method: "GET", path });
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`);
    return schema.parse(body);
  }

  state(sessionId: string, atSeq?: number): Promise<State> {
    return this.read(`/api/state/${sessionId}${atSeq === undefined ? "" : `?atSeq=${atSeq}`}`, State);
  }

  verify(sessionId: string): Promise<VerifyResult> {
    return this.read(`/api/sessions/${sessionId}/verify`, VerifyResult);
  }

  /** The whole log of a session, in the order the service gives it. */
  async events(sessionId: string): Promise<SessionEvent[]> {
    const { statusCode, body } = await this.#pool.request({
      method: "GET",
      path: `/api/sessions/${sessionId}/events`,
      headers: { accept: "application/x-ndjson" },
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`events of ${sessionId} answered ${statusCode}: ${text}`);
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => SessionEvent.parse(JSON.parse(line)));
  }

  async createSession(sessionId: string): Promise<void> {
    const { status, body } = await this.post("/api/sessions", { sessionId, userId: "fault", initial: {} });
    if (status !== 201) throw new Error(`creating ${sessionId} answered ${status}: ${JSON.stringify(body)}`);
  }

  async readiness(): Promise<number> {
    return (await this.send({ method: "GET", path: "/health/ready" })).status;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

export function json(body: unknown, headers: Record<string, string> = {}): Pick<Call, "headers" | "body"> {
  return { headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}
