import type { Response } from "session-protocol";
import { numberOf, objectOf, textOf, type Fields } from "../conversation/fields.js";
import { LineFile } from "../conversation/line-file.js";
import type { ToolOutcome } from "../conversation/tool-call.js";
import { Answer } from "./answer.js";
import { parseRolloutLine, type RolloutLine, type ThreadMeta } from "./rollout-line.js";
import { callOf, callOfItem, outcomeOfItem, outcomeOfOutput, type NamedCall } from "./tool-item.js";

/** What a thread tells. */
export interface ThreadEvents {
  readonly onResponse: (response: Response) => void;
  /** `parentId` is the call of code that called a tool by itself. */
  readonly onCall: (id: string, call: NamedCall, atMs: number, parentId: string | undefined) => void;
  readonly onOutcome: (id: string, outcome: ToolOutcome) => void;
  readonly onItem: (item: Fields) => void;
  readonly onCompacted: (summary: string | undefined) => void;
  readonly onTurnEnd: (turn: TurnEnd) => void;
}

export interface TurnEnd {
  readonly message?: string | undefined;
  readonly error?: string | undefined;
  readonly isAborted: boolean;
}

export interface ThreadOptions {
  readonly path: string;
  readonly meta: ThreadMeta;
  /** Older lines are of earlier runs. */
  readonly sinceMs: number;
  readonly events: ThreadEvents;
}

/** One thread of Codex, read from its rollout while that is written. */
export class Thread {
  readonly meta: ThreadMeta;
  readonly #file: LineFile;
  readonly #sinceMs: number;
  readonly #events: ThreadEvents;
  readonly #answer = new Answer();
  /** When calls were made that are not answered yet. */
  readonly #calls = new Map<string, number>();
  /** All that were made. */
  readonly #made = new Set<string>();
  #model: string | undefined;
  /** The newest call that is code: tools without a call of their own are called by it. */
  #code: string | undefined;
  #isOwn: boolean;

  constructor({ path, meta, sinceMs, events }: ThreadOptions) {
    this.meta = meta;
    this.#file = new LineFile(path);
    this.#sinceMs = sinceMs;
    this.#events = events;
    this.#isOwn = !meta.isForked;
  }

  /** Reads what is new; answers whether there is more. */
  read(): boolean {
    return this.#file.read((text) => {
      const line = parseRolloutLine(text, this.#sinceMs);
      if (line !== undefined) this.#take(line);
    });
  }

  /** The process is gone: an answer that was cut off is told as it is. */
  close(): void {
    const response = this.#answer.close(this.#model);
    if (response !== undefined) this.#events.onResponse(response);
  }

  #take(line: RolloutLine): void {
    const { type, payload, atMs } = line;
    if (!this.#isAbout(payload)) return;
    if (type === "turn_context") this.#model = textOf(payload.model) ?? this.#model;
    if (type === "response_item") this.#takePart(payload, atMs);
    if (type === "event_msg") this.#takeEvent(payload, atMs);
    if (type === "compacted") this.#events.onCompacted(textOf(payload.message));
    const usage = type === "token_usage_record" ? objectOf(payload.usage) : undefined;
    if (usage === undefined) return;
    const at = new Date(atMs).toISOString();
    this.#events.onResponse(this.#answer.closeWith(usage, textOf(payload.response_id), this.#model, at));
  }

  /** A fork begins with the history of another thread, and a review repeats what its sub-agent tells. */
  #isAbout(payload: Fields): boolean {
    const threadId = textOf(payload.thread_id);
    const isNamed = threadId === this.meta.threadId;
    this.#isOwn ||= isNamed;
    return this.#isOwn && (isNamed || threadId === undefined);
  }

  #takePart(item: Fields, atMs: number): void {
    const type = String(item.type);
    const id = textOf(item.call_id) ?? textOf(item.id);
    if (type === "message" && item.role === "assistant") this.#answer.message(item);
    if (type === "reasoning") this.#answer.reasoning(item);
    if (id === undefined) return;
    if (type.endsWith("_call")) this.#call(id, item, atMs);
    if (type.endsWith("_output")) this.#answerCall(id, item, atMs);
  }

  #call(id: string, item: Fields, atMs: number): void {
    const call = callOf(item);
    this.#answer.toolUse(id);
    this.#calls.set(id, atMs);
    this.#made.add(id);
    if (item.type === "custom_tool_call" && call.tool === "exec") this.#code = id;
    this.#events.onCall(id, call, atMs, undefined);
    // What the model's own service does is done by the time it is told, and has no answer.
    if (textOf(item.call_id) === undefined) this.#end(id, { status: "completed" });
  }

  #answerCall(id: string, item: Fields, atMs: number): void {
    const outcome = outcomeOfOutput(item.output, this.#durationMs(id, atMs));
    if (outcome !== undefined) this.#end(id, outcome);
  }

  #durationMs(id: string, atMs: number): number {
    return Math.max(0, atMs - (this.#calls.get(id) ?? atMs));
  }

  #end(id: string, outcome: ToolOutcome): void {
    this.#calls.delete(id);
    this.#events.onOutcome(id, outcome);
  }

  #takeEvent(event: Fields, atMs: number): void {
    const item = event.type === "item_completed" ? objectOf(event.item) : undefined;
    if (item !== undefined) this.#takeItem(item, event, atMs);
    if (event.type === "task_complete") {
      const error = textOf(objectOf(event.error)?.message);
      this.#events.onTurnEnd({ message: textOf(event.last_agent_message), error, isAborted: false });
    }
    if (event.type === "turn_aborted") {
      this.#events.onTurnEnd({ error: `the turn was ${String(event.reason)}`, isAborted: true });
    }
  }

  #takeItem(item: Fields, { started_at_ms: startedAt }: Fields, atMs: number): void {
    const id = textOf(item.id);
    this.#events.onItem(item);
    const call = callOfItem(item);
    if (id === undefined) return;
    if (!this.#made.has(id) && call !== undefined) {
      const startedAtMs = numberOf(startedAt) ?? atMs;
      this.#made.add(id);
      this.#calls.set(id, startedAtMs);
      this.#events.onCall(id, call, startedAtMs, this.#code);
    }
    if (this.#calls.has(id)) this.#end(id, outcomeOfItem(item, this.#durationMs(id, atMs)));
  }
}
