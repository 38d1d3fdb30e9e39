import type { HookAgent } from "../hook-agent.js";
import { idPart } from "../record-calls.js";

export interface SubAgentsOptions {
  readonly agent: HookAgent;
  readonly runId: string;
  /** Of the main agent. */
  readonly mainAgentId: string;
  /** What can be known of whose it is; undefined: nothing yet. */
  readonly find: (id: string) => Spawn | undefined;
}

interface SubAgent {
  readonly type: string;
  /** Undefined: nothing has told whose it is yet. */
  spawn: Spawn | undefined;
  ended: Ending | undefined;
  isSpawned: boolean;
  isCompleted: boolean;
}

export interface Spawn {
  readonly parentAgentId: string;
  readonly toolUseId: string | undefined;
  readonly task: string | undefined;
}

export interface Ending {
  readonly status: "completed" | "failed";
  readonly result?: string | undefined;
  readonly error?: string | undefined;
}

/**
 * Sub-agents with their parents. A hook that tells of a start names no parent, and starts come in any order; the
 * parent is in a file beside the transcript, and in the answer to the call that started the agent.
 */
export class SubAgents {
  readonly #options: SubAgentsOptions;
  readonly #agents = new Map<string, SubAgent>();

  constructor(options: SubAgentsOptions) {
    this.#options = options;
  }

  start(id: string, type: string): void {
    if (this.#agents.has(id)) return;
    this.#agents.set(id, { type, spawn: undefined, ended: undefined, isSpawned: false, isCompleted: false });
    this.look();
  }

  /** The call that started it was answered; whose call it was is its parent. */
  join(id: string, type: string, spawn: Spawn): void {
    this.start(id, type);
    const agent = this.#agents.get(id);
    if (agent !== undefined) agent.spawn ??= spawn;
    this.#record();
  }

  stop(id: string, ending: Ending): void {
    const agent = this.#agents.get(id);
    if (agent === undefined) return;
    agent.ended ??= ending;
    this.look();
  }

  /** The call that an agent is the work of, if that is known. */
  callOf(id: string | undefined): string | undefined {
    const toolUseId = id === undefined ? undefined : this.#agents.get(id)?.spawn?.toolUseId;
    return toolUseId === undefined ? undefined : idPart(toolUseId);
  }

  /** Looks again for what was not there before. */
  look(): void {
    for (const [id, agent] of this.#agents) agent.spawn ??= this.#options.find(id);
    this.#record();
  }

  /** The process is gone: what has not ended has failed, and what nobody has claimed was the main agent's. */
  endAll(reason: string): void {
    this.look();
    const { mainAgentId } = this.#options;
    for (const agent of this.#agents.values()) {
      agent.spawn ??= { parentAgentId: mainAgentId, toolUseId: undefined, task: undefined };
      agent.ended ??= { status: "failed", error: reason };
    }
    this.#record();
  }

  #record(): void {
    const { agent, runId } = this.#options;
    for (const [id, known] of this.#agents) {
      if (known.spawn !== undefined && !known.isSpawned) {
        known.isSpawned = true;
        agent.spawnAgent({ agentId: idPart(id), type: known.type, runId, ...known.spawn });
      }
      if (known.ended !== undefined && known.isSpawned && !known.isCompleted) {
        known.isCompleted = true;
        agent.completeAgent(idPart(id), { ...known.ended });
      }
    }
  }
}
