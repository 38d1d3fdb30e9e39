import type { Ended } from "../command.js";

export const AGENTS = ["customer-comm", "email-solver", "claude-cli"] as const;
export type AgentName = (typeof AGENTS)[number];

/** Where an agent reports to. */
export interface Place {
  readonly sessionId: string;
  readonly userId: string;
}

/** The service, the scripted model and three agents, in whichever form they run. */
export interface Fleet {
  /** @throws where this machine has not what it takes */
  checkEngine(): Promise<string>;
  build(): Promise<void>;
  /** Resolves when the service takes writes, and the model answers. */
  startServices(): Promise<void>;
  /** Where the service is reached from here; another after a restart. */
  serviceUrl(): Promise<string>;
  modelUrl(): Promise<string>;
  /** Kills with SIGKILL; resolves when it is gone. */
  killService(): Promise<void>;
  restartService(): Promise<void>;
  /** Starts the three agents, each in a new container that has nothing but what its image has. */
  startAgents(round: string): Promise<void>;
  /** Kills with SIGKILL; resolves when it is gone. */
  killAgent(agent: AgentName): Promise<void>;
  /** Starts it again in the container it was in. */
  restartAgent(agent: AgentName): Promise<void>;
  agentEnded(agent: AgentName): Promise<Ended>;
  isUp(agent: AgentName | "service" | "model-api"): Promise<boolean>;
  /** A file that an agent left in its workspace. */
  workspaceFile(agent: AgentName, path: string): Promise<string>;
  /** Cuts an agent off from the service, and from it alone. */
  cut(agent: AgentName): Promise<void>;
  heal(agent: AgentName): Promise<void>;
  /** Runs Claude Code in a new container with an empty file system. */
  freshClaude(round: string, args: readonly string[]): Promise<Ended>;
  /** Stops the service, so that its files are whole, and copies its data folder to look into. */
  copyData(folder: string): Promise<void>;
  /** What everything said, for whoever looks for the reason of a failure. */
  logs(): Promise<string>;
  close(): Promise<void>;
}

const KINDS: Readonly<Record<AgentName, string>> = {
  "customer-comm": "customer",
  "email-solver": "email",
  "claude-cli": "claude",
};

/** As the compose file has it: `test-customer-<round>`. */
export const placeOf = (agent: AgentName, round: string): Place => ({
  sessionId: `test-${KINDS[agent]}-${round}`,
  userId: `${KINDS[agent]}-user`,
});

export const CLAUDE_ARGS = ["-p", "/briefing 2026-06-20", "--model", "claude-sonnet-4-6"];
