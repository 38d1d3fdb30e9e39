import type {
  EventsPage,
  Health,
  HistoryEntry,
  JsonObject,
  LogEntry,
  Metadata,
  RunLogs,
  RunSummary,
  SearchPage,
  SessionEvent,
  SessionPage,
  State,
  Stats,
  TimelineEntry,
  UsageReport,
  VerifyResult,
} from "session-protocol";
import type { z } from "zod";
import { holder } from "./line-text.js";
import type { Query, Transport } from "./transport.js";

type Of<Schema extends z.ZodType> = z.infer<Schema>;

export interface SessionHead {
  readonly metadata: Metadata;
  readonly initial: JsonObject;
  readonly state: State;
}

/** As the service takes them, and a text that an event as it is stored has to hold, in any case of its letters. */
export interface EventFilters {
  readonly type?: string | undefined;
  readonly agentId?: string | undefined;
  readonly runId?: string | undefined;
  readonly text?: string | undefined;
}

/** The questions the page asks. Each throws ServiceError. */
export class Service {
  constructor(readonly transport: Transport) {}

  get live(): URL {
    return this.transport.address("/ws");
  }

  sessions(query: Query, signal?: AbortSignal): Promise<Of<typeof SessionPage>> {
    return this.transport.get("/api/sessions", query, signal);
  }

  /** A session without its logs. */
  session(sessionId: string, signal?: AbortSignal): Promise<SessionHead> {
    return this.transport.get(`/api/sessions/${sessionId}`, { entries: 0 }, signal);
  }

  async events(sessionId: string, after: number, limit: number): Promise<readonly SessionEvent[]> {
    const page = await this.transport.get<Of<typeof EventsPage>>(`/api/sessions/${sessionId}/events`, {
      after,
      limit,
    });
    return page.events;
  }

  /** The seqs of all events after one that the filters let through, some at a time. */
  async *seqs(
    sessionId: string,
    filters: EventFilters,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<number[]> {
    for await (const lines of this.storedLines(sessionId, filters, after, signal)) {
      // The seq stands near the beginning of every line: parsing them whole would take many times as long.
      yield lines.flatMap((line) => SEQ.exec(line)?.[1] ?? []).map(Number);
    }
  }

  /** All events after one that the filters let through, as they are stored, a line each, some at a time. */
  async *storedLines(
    sessionId: string,
    { text = "", ...filters }: EventFilters,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<string[]> {
    const holds = holder(text);
    const path = `/api/sessions/${sessionId}/events`;
    for await (const lines of this.transport.lines(path, { ...filters, after }, signal)) {
      yield text === "" ? lines : lines.filter(holds);
    }
  }

  /** Actions of a type after one, some at a time. */
  async *actions(
    sessionId: string,
    type: string,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<LogEntry[]> {
    for await (const lines of this.transport.lines(`/api/actions/${sessionId}`, { type, after }, signal)) {
      yield lines.map((line) => JSON.parse(line) as LogEntry);
    }
  }

  async *timeline(sessionId: string, sample: number, signal: AbortSignal): AsyncGenerator<TimelineEntry[]> {
    const path = `/api/sessions/${sessionId}/timeline`;
    for await (const lines of this.transport.lines(path, { sample }, signal)) {
      yield lines.map((line) => JSON.parse(line) as TimelineEntry);
    }
  }

  stateAt(sessionId: string, atSeq: number, signal?: AbortSignal): Promise<State> {
    return this.transport.get(`/api/state/${sessionId}`, { atSeq }, signal);
  }

  state(sessionId: string, signal?: AbortSignal): Promise<State> {
    return this.transport.get(`/api/state/${sessionId}`, {}, signal);
  }

  runs(sessionId: string, signal?: AbortSignal): Promise<readonly RunSummary[]> {
    return this.transport.get(`/api/sessions/${sessionId}/runs`, { limit: 1_000 }, signal);
  }

  runLogs(runId: string, signal?: AbortSignal): Promise<RunLogs> {
    return this.transport.get("/api/agents/logs", { runId }, signal);
  }

  history(query: Query, signal?: AbortSignal): Promise<readonly HistoryEntry[]> {
    return this.transport.get("/api/agents/history", query, signal);
  }

  verify(sessionId: string, signal?: AbortSignal): Promise<VerifyResult> {
    return this.transport.get(`/api/sessions/${sessionId}/verify`, {}, signal);
  }

  stats(signal?: AbortSignal): Promise<Stats> {
    return this.transport.get("/api/query/stats", {}, signal);
  }

  usage(groupBy: "day" | "model", signal?: AbortSignal): Promise<Of<typeof UsageReport>> {
    return this.transport.get("/api/query/usage", { groupBy }, signal);
  }

  search(query: Query, signal?: AbortSignal): Promise<Of<typeof SearchPage>> {
    return this.transport.get("/api/query/search", query, signal);
  }

  health(signal?: AbortSignal): Promise<Health> {
    return this.transport.get("/health", {}, signal);
  }
}

const SEQ = /"seq":(\d+)/;
