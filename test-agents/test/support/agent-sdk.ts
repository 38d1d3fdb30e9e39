import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { FoldSessionSummary } from "container-hook-agent/claude-session-store";
import type { Store } from "../../../container-hook-agent/test/support/session-store-contract.js";
import type { Workspace } from "./claude.js";

/** A session, as the SDK lists it. */
export interface SessionInfo {
  readonly sessionId: string;
  readonly summary: string;
  readonly lastModified: number;
  readonly firstPrompt?: string;
  readonly customTitle?: string;
}

interface Where {
  readonly dir: string;
  readonly sessionStore: Store | Pick<Store, "append" | "load" | "listSessions">;
}

interface SdkMessage {
  readonly type: string;
  readonly subtype?: string;
  readonly session_id?: string;
  readonly result?: string;
}

/** What is used of the SDK: its own types are there only once it is installed. */
interface AgentSdk {
  query(params: { prompt: string; options: object }): AsyncIterable<SdkMessage>;
  listSessions(where: Where): Promise<SessionInfo[]>;
  getSessionInfo(sessionId: string, where: Where): Promise<SessionInfo | undefined>;
  getSessionMessages(sessionId: string, where: Where): Promise<{ type: string; message: unknown }[]>;
  listSubagents(sessionId: string, where: Where): Promise<string[]>;
  getSubagentMessages(sessionId: string, agentId: string, where: Where): Promise<{ type: string }[]>;
  forkSession(sessionId: string, where: Where): Promise<{ sessionId: string }>;
  renameSession(sessionId: string, title: string, where: Where): Promise<void>;
  deleteSession(sessionId: string, where: Where): Promise<void>;
  foldSessionSummary: FoldSessionSummary;
  InMemorySessionStore: new () => Store;
}

const path = createRequire(import.meta.url).resolve("@anthropic-ai/claude-agent-sdk");
export const sdk = (await import(pathToFileURL(path).href)) as AgentSdk;

export interface Turn {
  readonly sessionId: string;
  readonly result: string | undefined;
  /** What the SDK could not store. */
  readonly mirrorErrors: number;
}

/** One prompt and all that follows from it, in a container. */
export async function converse(
  { workspace: cwd, env }: Workspace,
  prompt: string,
  sessionStore: Store,
  options: object = {},
): Promise<Turn> {
  const usual = { cwd, env, sessionStore, permissionMode: "acceptEdits" };
  const allowedTools = ["Bash", "Read", "Write", "Agent", "ToolSearch", "SendMessage"];
  let [sessionId, mirrorErrors] = ["", 0];
  let result: string | undefined;
  for await (const message of sdk.query({ prompt, options: { ...usual, allowedTools, ...options } })) {
    sessionId = message.session_id ?? sessionId;
    if (message.subtype === "mirror_error") mirrorErrors += 1;
    if (message.type === "result") result ??= message.result;
  }
  return { sessionId, result, mirrorErrors };
}
