import type { VerifyResult } from "session-protocol";

export type Json = Record<string, unknown>;

export interface RecordedSession {
  readonly metadata: Json & { readonly metrics: Json; readonly tokenUsage: Json };
  readonly state: Json & {
    readonly goals: Json[];
    readonly agents: { readonly spawned: Json[]; readonly active: Json[] };
  };
  readonly final: Json | null;
  readonly actions: Json[];
  readonly responses: Json[];
  readonly runs: Json[];
  /** As they are in the end, by their last event, in the order they began. */
  readonly nodes: Json[];
  readonly verify: VerifyResult;
}

/** All that the service answers about a session. */
export async function readSession(serviceUrl: string, sessionId: string): Promise<RecordedSession> {
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(serviceUrl + path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const [whole, runs, executed, verify] = await Promise.all([
    get<Omit<RecordedSession, "runs" | "nodes" | "verify">>(`/api/sessions/${sessionId}`),
    get<Json[]>(`/api/sessions/${sessionId}/runs`),
    get<{ events: { data: Json }[] }>(`/api/sessions/${sessionId}/events?type=node_executed&limit=1000`),
    get<VerifyResult>(`/api/sessions/${sessionId}/verify`),
  ]);
  const nodes = new Map(executed.events.map(({ data }) => [data.nodeId, data]));
  return { ...whole, runs, nodes: [...nodes.values()], verify };
}

/** The actions of tools, without what Claude Code says of itself. */
export const toolActions = ({ actions }: RecordedSession): Json[] =>
  actions.filter(({ toolUseId, type }) => toolUseId !== undefined && type !== "permission_request");

export const ofType = ({ actions }: RecordedSession, type: string): Json[] =>
  actions.filter((action) => action.type === type);
