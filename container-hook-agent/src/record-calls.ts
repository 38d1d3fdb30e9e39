import { createHash } from "node:crypto";
import type { ClientEventType } from "session-protocol";
import { currentContext } from "./context.js";
import type { HookAgent } from "./hook-agent.js";
import type { Settle } from "./outbox.js";
import { fieldsOf, type Fields, type Recording } from "./recording.js";
import { whenStored, type Strict } from "./strict.js";

type RecordCalls = Pick<
  HookAgent,
  "logAction" | "logResponse" | "updateState" | "addGoal" | "updateGoal" | "spawnAgent" | "completeAgent"
>;

/** An id and the answer to the caller: the event's own id, or that of the thing the event is about. */
interface Recorded {
  readonly id: string;
  readonly answer: string;
}

const MAX_EVENT_ID_LENGTH = 128;
const MAX_ID_PART = 64;
const MARK_LENGTH = 8;

type RecordEvent = (
  type: ClientEventType,
  fields: Fields,
  strict: unknown,
  id?: string,
  answer?: string,
) => string;

/** Records, and answers as the caller has asked. */
function recorder(recording: Recording): RecordEvent {
  return (type, fields, strict, id, answer) => {
    const record = (onSettled?: Settle): Recorded => {
      const used = recording.record(type, fields, id, onSettled && { onSettled });
      return { id: used, answer: answer ?? used };
    };
    // The overloads of HookAgent tell the caller which of the two it is.
    return isStrict(strict) ? (whenStored(strict, record) as unknown as string) : record().answer;
  };
}

export function createRecordCalls(recording: Recording, newId: () => string): RecordCalls {
  const suffix = (): string => newId().slice(-12);
  const event = recorder(recording);
  const entry = (type: "action" | "response", given: object, strict: unknown): string => {
    const fields = fieldsOf(given);
    return event(type, fields, strict, ownEventId(fields));
  };
  return {
    logAction: (action: object, strict?: Strict) => entry("action", action, strict),
    logResponse: (response: object, strict?: Strict) => entry("response", response, strict),
    updateState: (patch: object, strict?: Strict) => event("state_updated", fieldsOf(patch), strict),
    addGoal: (goal: object, strict?: Strict) => {
      const fields = fieldsOf(goal);
      const id = text(fields.id) ?? `goal-${suffix()}`;
      return event("goal_added", { ...fields, id }, strict, undefined, id);
    },
    updateGoal: (goalId: string, patch: object, strict?: Strict) =>
      event("goal_updated", { ...fieldsOf(patch), goalId }, strict),
    spawnAgent: (agent: object, strict?: Strict) => {
      const { agentId: parentAgentId, runId } = currentContext();
      const from = { ...(parentAgentId && { parentAgentId }), ...(runId && { runId }) };
      const fields: Fields = { ...from, ...fieldsOf(agent) };
      const agentId = text(fields.agentId) ?? `agent-${idPart(fields.type)}-${suffix()}`;
      return event("agent_spawned", { ...fields, agentId }, strict, undefined, agentId);
    },
    completeAgent: (agentId: string, completion?: object, strict?: Strict) =>
      event("agent_completed", { ...fieldsOf(completion), agentId }, strict),
  } as RecordCalls;
}

function isStrict(value: unknown): value is Strict {
  return typeof value === "object" && value !== null && (value as Partial<Strict>).durable === true;
}

function ownEventId(fields: Fields): string | undefined {
  const id = text(fields.id);
  return id !== undefined && id.length <= MAX_EVENT_ID_LENGTH ? id : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * A name, as far as an id can hold it. Where that is not all of it, a part of its hash keeps different names apart; it
 * is the same in every process and language.
 */
export function idPart(name: unknown): string {
  const whole = (text(name) ?? "unknown").normalize();
  const word = whole.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^[_-]+/, "");
  if (Buffer.byteLength(whole) === whole.length)
    return (word === "" ? "unknown" : word).slice(0, MAX_ID_PART);
  const mark = createHash("sha256").update(whole).digest("hex").slice(0, MARK_LENGTH);
  const beginning = word.slice(0, MAX_ID_PART - MARK_LENGTH - 1).replace(/[_-]+$/, "");
  return `${beginning === "" ? "name" : beginning}-${mark}`;
}
