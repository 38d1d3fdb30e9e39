import { parseObject, textOf, type Fields } from "../conversation/fields.js";

/** What Claude Code tells a hook: the base fields, and all fields under their own names. */
export interface HookEvent {
  readonly name: string;
  readonly sessionId: string;
  /** Of the sub-agent it happened in; undefined in the main one. */
  readonly agentId: string | undefined;
  readonly fields: Fields;
}

/** Undefined: this is no hook's input. */
export function parseHookEvent(body: string): HookEvent | undefined {
  const fields = parseObject(body);
  const name = textOf(fields?.hook_event_name);
  const sessionId = textOf(fields?.session_id);
  if (fields === undefined || name === undefined || sessionId === undefined) return undefined;
  return { name, sessionId, agentId: textOf(fields.agent_id), fields };
}
