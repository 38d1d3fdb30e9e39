import type { SessionEvent, VerifyResult } from "session-protocol";
import { until } from "./until.js";

export type Json = Record<string, unknown>;

export interface Goal {
  readonly id: string;
  readonly description: string;
  readonly status: string;
}

export interface AgentRecord {
  readonly agentId: string;
  readonly type: string;
  readonly status: string;
  readonly parentAgentId?: string;
  readonly result?: string;
}

export interface Action extends Json {
  readonly seq: number;
  readonly type: string;
  readonly tool?: string;
  readonly agentId?: string;
  readonly status?: string;
  readonly error?: string;
}

export interface RecordedSession {
  readonly metadata: Json & {
    readonly userId: string;
    readonly sandboxId: string | null;
    readonly status: string;
    readonly seq: number;
    readonly tokenUsage: { readonly input: number; readonly output: number; readonly total: number };
  };
  readonly state: Json & {
    readonly phase: string;
    readonly goals: readonly Goal[];
    readonly agents: { readonly spawned: readonly AgentRecord[]; readonly active: readonly AgentRecord[] };
  };
  readonly final: Json | null;
  readonly actions: readonly Action[];
  readonly responses: readonly (Json & { readonly content?: unknown })[];
}

/** The service, wherever it is at the moment. */
export class ServiceClient {
  constructor(private readonly url: () => Promise<string>) {}

  async get<T>(path: string): Promise<T> {
    return (await (await this.#fetch(path)).json()) as T;
  }

  session(id: string): Promise<RecordedSession> {
    return this.get(`/api/sessions/${id}`);
  }

  verify(id: string): Promise<VerifyResult> {
    return this.get(`/api/sessions/${id}/verify`);
  }

  /** All of them, as they are stored. */
  async events(id: string): Promise<SessionEvent[]> {
    const lines = await (await this.#fetch(`/api/sessions/${id}/events`, "application/x-ndjson")).text();
    return lines
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as SessionEvent);
  }

  async runs(id: string): Promise<Json[]> {
    return this.get(`/api/sessions/${id}/runs`);
  }

  /** Resolves with the session once it is as it should be. */
  until(id: string, what: string, isSo: (session: RecordedSession) => boolean): Promise<RecordedSession> {
    return until(`${id} ${what}`, async () => {
      const session = await this.session(id);
      return isSo(session) ? session : undefined;
    });
  }

  async #fetch(path: string, accept = "application/json"): Promise<Response> {
    const response = await fetch((await this.url()) + path, { headers: { accept } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}
