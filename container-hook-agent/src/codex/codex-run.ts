import { MAIN_AGENT, RecordedRun, type Program } from "../conversation/recorded-run.js";
import { textOf, type Fields } from "../conversation/fields.js";
import type { HookAgent } from "../hook-agent.js";
import { textsOf } from "./answer.js";
import type { RolloutFile } from "./rollout-files.js";
import type { ThreadMeta } from "./rollout-line.js";
import { Thread, type ThreadEvents, type TurnEnd } from "./thread.js";
import { idsOf, reportOf } from "./tool-item.js";

export const CODEX: Program = { flow: "codex", provider: "openai", idPrefix: "codex", reportOf };

export interface CodexRunOptions {
  readonly agent: HookAgent;
  readonly now: () => number;
  readonly startedAtMs: number;
  readonly input: unknown;
}

interface Followed {
  readonly thread: Thread;
  readonly foundAtMs: number;
}

/** The call that has started a sub-agent is told by then; some, such as a reviewer, have none. */
const CALL_LAG_MS = 1_000;
const MAX_READS = 10_000;

/** One run of Codex: turns what its threads tell into the events of a session. */
export class CodexRun {
  readonly run: RecordedRun;
  readonly #options: CodexRunOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #joined = new Set<string>();
  /** Of threads that no other has started. */
  readonly #roots = new Set<string>();

  constructor(options: CodexRunOptions) {
    const { agent, now, input } = options;
    this.#options = options;
    this.run = new RecordedRun({ agent, now, input, program: CODEX, findSpawn: () => undefined });
  }

  /** Whether a thread was found. */
  get isHeardOf(): boolean {
    return this.#followed.size > 0;
  }

  /** Whether this thread is one of the run's, or began with one of them. */
  knows({ threadId, sessionId, parentThreadId }: ThreadMeta): boolean {
    const known = [...this.#followed.values()].map(({ thread }) => thread.meta.threadId);
    return [threadId, sessionId, parentThreadId].some((id) => id !== undefined && known.includes(id));
  }

  isFollowed(path: string): boolean {
    return this.#followed.has(path);
  }

  follow({ path, meta }: RolloutFile): void {
    if (this.#followed.has(path)) return;
    const { startedAtMs, now } = this.#options;
    const thread = new Thread({ path, meta, sinceMs: startedAtMs, events: this.#eventsOf(meta) });
    this.#followed.set(path, { thread, foundAtMs: now() });
    if (meta.parentThreadId === undefined) this.#meet(path, meta);
  }

  /** Reads what is new; answers whether there is more. */
  tick(isOver = false): boolean {
    let isMore = false;
    for (const followed of this.#followed.values()) {
      if (this.#isReady(followed, isOver)) isMore = followed.thread.read() || isMore;
    }
    return isMore;
  }

  /** The process is gone: reads what it wrote last. */
  drain(): void {
    for (let reads = 0; reads < MAX_READS && this.tick(true); reads += 1);
    for (const { thread } of this.#followed.values()) thread.close();
  }

  /** A sub-agent is listened to once it is known whose it is. */
  #isReady({ thread: { meta }, foundAtMs }: Followed, isOver: boolean): boolean {
    if (meta.parentThreadId === undefined || this.#joined.has(meta.threadId)) return true;
    if (!isOver && this.#options.now() - foundAtMs < CALL_LAG_MS) return false;
    this.#join(meta.threadId, meta.role, this.#agentOf(meta.parentThreadId), undefined, undefined);
    return true;
  }

  #join(
    threadId: string,
    type: string | undefined,
    parentAgentId: string,
    toolUseId: string | undefined,
    task: string | undefined,
  ): void {
    this.#joined.add(threadId);
    this.run.subAgents.join(threadId, type ?? "sub-agent", { parentAgentId, toolUseId, task });
  }

  #agentOf(threadId: string): string {
    return this.#roots.has(threadId) ? MAIN_AGENT : threadId;
  }

  #meet(path: string, { threadId, startedAtMs, isForked, cwd }: ThreadMeta): void {
    this.#roots.add(threadId);
    const isOld = startedAtMs < this.#options.startedAtMs;
    const source = isForked ? "fork" : isOld ? "resume" : "startup";
    this.run.action("session_start", MAIN_AGENT, { source });
    this.#options.agent.updateState({
      phase: "running",
      codex: { threadId, rolloutPath: path },
      ...(cwd !== undefined && { workspace: { cwd } }),
    });
  }

  #eventsOf({ threadId, parentThreadId }: ThreadMeta): ThreadEvents {
    const { agent } = this.#options;
    const { run } = this;
    const isMain = parentThreadId === undefined;
    const agentId = isMain ? MAIN_AGENT : threadId;
    return {
      onResponse: (response) => void agent.logResponse({ ...response, agentId, runId: run.runId }),
      onCall: (toolUseId, { tool, input }, startedAtMs, parentId) => {
        const parentNodeId = parentId ?? run.subAgents.callOf(agentId);
        run.tools.start({ toolUseId, tool, input, agentId, startedAtMs, isHooked: false, parentNodeId });
      },
      onOutcome: (toolUseId, outcome) => run.tools.end(toolUseId, outcome),
      onItem: (item) => this.#takeItem(item, agentId),
      onCompacted: (output) => run.action("compaction", agentId, { output }),
      onTurnEnd: (turn) => (isMain ? this.#endTurn(turn) : this.#endSubAgent(threadId, turn)),
    };
  }

  #takeItem(item: Fields, agentId: string): void {
    const toolUseId = textOf(item.id);
    if (item.type === "UserMessage" && agentId === MAIN_AGENT) {
      this.run.beginTurn(textsOf(item.content).join("\n"));
    }
    if (item.type === "CollabAgentToolCall" && item.tool === "spawn_agent") {
      for (const id of idsOf(item.receiver_thread_ids)) {
        this.#join(id, this.#roleOf(id), agentId, toolUseId, textOf(item.prompt));
      }
    }
    if (item.type === "SubAgentActivity" && item.kind === "started") {
      const id = textOf(item.agent_thread_id);
      if (id !== undefined) this.#join(id, this.#roleOf(id), agentId, toolUseId, textOf(item.agent_path));
    }
  }

  /** Its own file may say it. */
  #roleOf(threadId: string): string | undefined {
    const followed = [...this.#followed.values()].find(({ thread }) => thread.meta.threadId === threadId);
    return followed?.thread.meta.role;
  }

  #endTurn({ message, error, isAborted }: TurnEnd): void {
    if (isAborted) this.run.interruptTurn(error ?? "the turn was aborted");
    else if (error === undefined) this.run.endTurn(message);
    else this.run.failTurn(error, undefined);
  }

  #endSubAgent(threadId: string, { message, error }: TurnEnd): void {
    const ending =
      error === undefined
        ? { status: "completed" as const, result: message }
        : { status: "failed" as const, error };
    this.run.subAgents.stop(threadId, ending);
  }
}
