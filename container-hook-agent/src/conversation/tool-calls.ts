import type { HookAgent } from "../hook-agent.js";
import { idPart } from "../record-calls.js";
import { briefOf, type ToolOutcome, type ToolReport } from "./tool-call.js";

export interface ToolCall {
  readonly toolUseId: string;
  readonly tool: string;
  readonly input: unknown;
  /** Whose call it is. */
  readonly agentId: string;
  readonly startedAtMs: number;
  /** Whether a hook told of its start, and so one tells of its end unless it is interrupted. */
  readonly isHooked: boolean;
  /** The call of the parent that this agent is the work of. */
  readonly parentNodeId?: string | undefined;
}

interface OpenCall extends Omit<ToolCall, "isHooked"> {
  isHooked: boolean;
  /** Ends the step of the run that stands for the call. */
  readonly end: (outcome: ToolOutcome) => void;
  askedAtMs?: number;
  /** What the transcript says has become of it, and since when that is known. */
  told?: { readonly outcome: ToolOutcome; readonly sinceMs: number };
}

export interface ToolCallsOptions {
  readonly agent: HookAgent;
  readonly runId: string;
  readonly now: () => number;
  /** Of the ids of what is recorded. */
  readonly idPrefix: string;
  readonly reportOf: (tool: string, input: unknown, outcome: ToolOutcome) => ToolReport;
}

/** How long after the transcript a hook may still come: they are sent by different paths. */
const HOOK_LAG_MS = 3_000;
const MAX_FILES = 1_000;

/** The calls of tools: each becomes a step of the run while it runs, and one action when it has ended, however often that is told. */
export class ToolCalls {
  readonly #options: ToolCallsOptions;
  readonly #open = new Map<string, OpenCall>();
  readonly #closed = new Set<string>();
  readonly #files = new Set<string>();

  constructor(options: ToolCallsOptions) {
    this.#options = options;
  }

  /** Paths that were written or edited, the first 1,000. */
  get filesModified(): readonly string[] {
    return [...this.#files];
  }

  start(call: ToolCall): void {
    const known = this.#open.get(call.toolUseId);
    if (known !== undefined) known.isHooked ||= call.isHooked;
    if (known !== undefined || this.#closed.has(call.toolUseId)) return;
    this.#open.set(call.toolUseId, { ...call, end: this.#startNode(call) });
  }

  /** Which open call a question for permission is about: hooks do not say. */
  ask(tool: string, input: unknown, agentId: string): void {
    const wanted = JSON.stringify(input);
    const waiting = [...this.#open.values()].filter(
      (call) => call.tool === tool && call.agentId === agentId && call.askedAtMs === undefined,
    );
    const asked = waiting.find((call) => JSON.stringify(call.input) === wanted) ?? waiting[0];
    if (asked !== undefined) asked.askedAtMs = this.#options.now();
  }

  end(toolUseId: string, outcome: ToolOutcome): void {
    const call = this.#open.get(toolUseId);
    if (call === undefined) return;
    this.#open.delete(toolUseId);
    this.#closed.add(toolUseId);
    this.#record(call, outcome);
    call.end(outcome);
  }

  /** The transcript has the result; a hook that tells more may be on its way. */
  tell(toolUseId: string, outcome: ToolOutcome): void {
    const call = this.#open.get(toolUseId);
    if (call === undefined) return;
    if (outcome.status === "denied") this.end(toolUseId, outcome);
    else call.told ??= { outcome: toldOutcome(call, outcome), sinceMs: this.#options.now() };
  }

  /** Ends what only the transcript tells of. */
  sweep(): void {
    for (const { toolUseId, told } of [...this.#open.values()]) {
      if (told !== undefined && this.#options.now() - told.sinceMs >= HOOK_LAG_MS) {
        this.end(toolUseId, told.outcome);
      }
    }
  }

  /** The process is gone: what has no result has none. */
  endAll(reason: string): void {
    for (const { toolUseId, told, startedAtMs } of [...this.#open.values()]) {
      const durationMs = Math.max(0, this.#options.now() - startedAtMs);
      this.end(toolUseId, told?.outcome ?? { status: "interrupted", error: reason, durationMs });
    }
  }

  #record(call: OpenCall, outcome: ToolOutcome): void {
    const { toolUseId, tool, input, agentId, startedAtMs } = call;
    const { agent, runId, idPrefix } = this.#options;
    const permission = this.#recordPermission(call, outcome);
    const { type, output, files } = this.#options.reportOf(tool, input, outcome);
    for (const file of files) if (this.#files.size < MAX_FILES) this.#files.add(file);
    agent.logAction({
      type,
      id: `${idPrefix}-${idPart(toolUseId)}`,
      tool,
      toolUseId,
      agentId,
      runId,
      nodeId: idPart(toolUseId),
      status: outcome.status,
      input,
      ...(output !== undefined && { output }),
      ...(outcome.error !== undefined && { error: outcome.error }),
      ...(outcome.durationMs !== undefined && { durationMs: outcome.durationMs }),
      ...(permission !== undefined && { permission }),
      startedAt: new Date(startedAtMs).toISOString(),
    });
  }

  #recordPermission(call: OpenCall, { status }: ToolOutcome): string | undefined {
    const { toolUseId, tool, agentId, askedAtMs } = call;
    if (askedAtMs === undefined) return undefined;
    const outcome = status === "denied" ? "denied" : status === "interrupted" ? "unanswered" : "granted";
    const { agent, runId, idPrefix } = this.#options;
    agent.logAction({
      type: "permission_request",
      id: `${idPrefix}-permission-${idPart(toolUseId)}`,
      tool,
      toolUseId,
      agentId,
      runId,
      outcome,
      startedAt: new Date(askedAtMs).toISOString(),
    });
    return outcome;
  }

  #startNode({ toolUseId, tool, input, agentId, parentNodeId }: ToolCall): (outcome: ToolOutcome) => void {
    const { agent, runId } = this.#options;
    let end: (outcome: ToolOutcome) => void = () => undefined;
    const ended = new Promise<void>((resolve, reject) => {
      end = ({ status, error }) => {
        if (status === "completed") resolve();
        else reject(new Error(error ?? status));
      };
    });
    const options = {
      runId,
      nodeId: idPart(toolUseId),
      nodeType: "tool",
      input: briefOf(input),
      metadata: { agentId },
    };
    const step = agent.withContext({ runId, nodeId: parentNodeId }, () =>
      agent.node(tool, () => ended, options),
    );
    // The step has recorded the failure; there is nobody to throw it at.
    step.catch(() => undefined);
    return end;
  }
}

/** A call that fails by itself has a hook that says so. */
function toldOutcome({ isHooked }: OpenCall, outcome: ToolOutcome): ToolOutcome {
  return isHooked && outcome.status === "failed" ? { ...outcome, status: "interrupted" } : outcome;
}
