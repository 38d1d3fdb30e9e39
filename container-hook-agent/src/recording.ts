import type { ClientEventType } from "session-protocol";
import { encode } from "./encode.js";
import type { HookAgent } from "./hook-agent.js";
import type { Settings } from "./options.js";
import type { Outbox, QueuedEvent } from "./outbox.js";

export type Fields = Readonly<Record<string, unknown>>;

/** A recorded end of the session. `stored` is undefined until the service has answered for it. */
export interface RecordedEnd {
  stored: boolean | undefined;
}

type RecordCalls = Pick<
  HookAgent,
  "logAction" | "logResponse" | "updateState" | "addGoal" | "updateGoal" | "spawnAgent" | "completeAgent"
>;

const MAX_EVENT_ID_LENGTH = 128;

/** The caller's side of the outbox: stamps events, encodes them and queues them. Nothing here throws or waits. */
export class Recording {
  readonly #settings: Settings;
  readonly #outbox: Outbox;
  readonly #queued: () => void;
  #end: RecordedEnd | undefined;

  constructor(settings: Settings, outbox: Outbox, queued: () => void) {
    this.#settings = settings;
    this.#outbox = outbox;
    this.#queued = queued;
  }

  /** Answers the event's id. */
  record(type: ClientEventType, fields: Fields, id = this.#settings.newId()): string {
    this.#end = undefined;
    this.#queue(type, fields, id);
    return id;
  }

  /** Records the session's end, once: a repeat with nothing recorded in between, and not refused, is the same end. */
  end(fields: Fields): RecordedEnd {
    if (this.#end !== undefined && this.#end.stored !== false) return this.#end;
    const end: RecordedEnd = { stored: undefined };
    const onSettled = (stored: boolean): void => void (end.stored = stored);
    this.#queue("session_finalized", fields, this.#settings.newId(), { finalizes: true, onSettled });
    return (this.#end = end);
  }

  #queue(
    type: ClientEventType,
    fields: Fields,
    id: string,
    more?: Pick<QueuedEvent, "finalizes" | "onSettled">,
  ): void {
    const { now, warnOnce } = this.#settings;
    try {
      const timestamp = fields.timestamp ?? new Date(now()).toISOString();
      const line = encode({ type, id, data: { ...fields, timestamp } });
      if (this.#outbox.push({ line, bytes: Buffer.byteLength(line) + 1, ...more })) this.#queued();
      else warnOnce("not recorded", "events were dropped: the outbox was full or the hook agent closed");
    } catch (error) {
      this.#outbox.drop();
      warnOnce("encode", `an event could not be encoded and was dropped: ${String(error)}`);
    }
  }
}

export function createRecordCalls(recording: Recording, newId: () => string): RecordCalls {
  const suffix = (): string => newId().slice(-12);
  const entry = (type: "action" | "response", given: object): string => {
    const fields = fieldsOf(given);
    return recording.record(type, fields, ownEventId(fields));
  };
  return {
    logAction: (action) => entry("action", action),
    logResponse: (response) => entry("response", response),
    updateState: (patch) => recording.record("state_updated", fieldsOf(patch)),
    addGoal: (goal) => {
      const fields = fieldsOf(goal);
      const id = text(fields.id) ?? `goal-${suffix()}`;
      recording.record("goal_added", { ...fields, id });
      return id;
    },
    updateGoal: (goalId, patch) => recording.record("goal_updated", { ...fieldsOf(patch), goalId }),
    spawnAgent: (agent) => {
      const fields = fieldsOf(agent);
      const agentId = text(fields.agentId) ?? `agent-${idPart(fields.type)}-${suffix()}`;
      recording.record("agent_spawned", { ...fields, agentId });
      return agentId;
    },
    completeAgent: (agentId, completion) =>
      recording.record("agent_completed", { ...fieldsOf(completion), agentId }),
  };
}

/** In a program without types a caller may give anything; what is no object has no fields, and the service says what is missing. */
export function fieldsOf(given: unknown): Fields {
  try {
    return typeof given === "object" && given !== null ? { ...given } : {};
  } catch {
    return {};
  }
}

function ownEventId(fields: Fields): string | undefined {
  const id = text(fields.id);
  return id !== undefined && id.length <= MAX_EVENT_ID_LENGTH ? id : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The type of an agent, as far as an id can hold it. */
function idPart(type: unknown): string {
  const word = text(type) ?? "unknown";
  return word.replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 64);
}
