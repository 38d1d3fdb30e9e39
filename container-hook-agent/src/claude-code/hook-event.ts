export type Fields = Readonly<Record<string, unknown>>;

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

export function parseObject(json: string): Fields | undefined {
  try {
    return objectOf(JSON.parse(json));
  } catch {
    return undefined;
  }
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

export const objectOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const objectsOf = (value: unknown): readonly Fields[] =>
  listOf(value)
    .map(objectOf)
    .filter((item) => item !== undefined);
