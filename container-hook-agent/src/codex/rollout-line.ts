import { objectOf, parseObject, textOf, type Fields } from "../conversation/fields.js";

/** A line of a rollout: the file in which Codex keeps a thread. */
export interface RolloutLine {
  readonly atMs: number;
  readonly type: string;
  readonly payload: Fields;
}

const TIMESTAMP = /^\{"timestamp":"([^"]{10,40})"/;

/** Undefined: it is none, or older than `sinceMs`. */
export function parseRolloutLine(line: string, sinceMs: number): RolloutLine | undefined {
  const atMs = Date.parse(TIMESTAMP.exec(line)?.[1] ?? "");
  if (Number.isNaN(atMs) || atMs < sinceMs) return undefined;
  const fields = parseObject(line);
  const type = textOf(fields?.type);
  const payload = objectOf(fields?.payload);
  return type === undefined || payload === undefined ? undefined : { atMs, type, payload };
}

/** What a rollout says of its thread. */
export interface ThreadMeta {
  readonly threadId: string;
  /** Of the thread it all began with. */
  readonly sessionId: string | undefined;
  readonly parentThreadId: string | undefined;
  /** Its history begins as a copy of another thread's. */
  readonly isForked: boolean;
  readonly startedAtMs: number;
  readonly cwd: string | undefined;
  /** Of a sub-agent: its role, else its path or what it is there for. */
  readonly role: string | undefined;
}

/** In the first line. */
export function parseThreadMeta(line: string): ThreadMeta | undefined {
  const { type, payload } = parseRolloutLine(line, 0) ?? {};
  const threadId = textOf(payload?.id);
  if (type !== "session_meta" || payload === undefined || threadId === undefined) return undefined;
  const subAgent = objectOf(objectOf(payload.source)?.subagent);
  const spawn = objectOf(subAgent?.thread_spawn);
  return {
    threadId,
    sessionId: textOf(payload.session_id),
    parentThreadId: textOf(payload.parent_thread_id) ?? textOf(spawn?.parent_thread_id),
    isForked: payload.forked_from_id !== undefined,
    startedAtMs: Date.parse(textOf(payload.timestamp) ?? ""),
    cwd: textOf(payload.cwd),
    role: textOf(payload.agent_role) ?? textOf(spawn?.agent_path),
  };
}
