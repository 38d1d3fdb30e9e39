import { homedir } from "node:os";
import { join } from "node:path";
import { HOOK_PATH } from "../conversation/receiver.js";
import type { Fields } from "../conversation/fields.js";
import { withEventHooks, withoutEventHooks, type EventHooks } from "../conversation/settings-hooks.js";

/** The user's settings of Claude Code, unless another file is named. */
export function settingsFile(named: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  return named ?? join(env.CLAUDE_CONFIG_DIR ?? join(homedir(), ".claude"), "settings.json");
}

/** What is recorded. Those that fire for every word shown, or repeat what others tell, would only cost time. */
const HTTP_EVENTS = [
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "PostToolUseFailure",
  "PermissionRequest",
  "SubagentStart",
  "SubagentStop",
  "TaskCreated",
  "TaskCompleted",
  "PreCompact",
  "PostCompact",
  "Stop",
  "StopFailure",
  "SessionEnd",
] as const;

/** Claude Code never sends this one over HTTP. */
const COMMAND_EVENT = "SessionStart";
/** The recorder answers at once, and one that is gone refuses. On a busy machine it may not get its turn for seconds. */
const TIMEOUT_S = 5;
/** A program has to be started before. */
const COMMAND_TIMEOUT_S = 15;

/** Where hooks are sent to, and the command that sends what Claude Code gives only to commands. */
export interface HookTarget {
  readonly url: string;
  readonly command: string;
}

function hooksFor({ url, command }: HookTarget): EventHooks {
  const http = { type: "http", url, timeout: TIMEOUT_S };
  const entries = HTTP_EVENTS.map((event) => [event, [http]] as const);
  return {
    ...Object.fromEntries(entries),
    [COMMAND_EVENT]: [{ type: "command", command, timeout: COMMAND_TIMEOUT_S }],
  };
}

/** `settings` with the recorder's hooks beside those that are there. Installing twice is installing once. */
export const withHooks = (settings: Fields, target: HookTarget): Fields =>
  withEventHooks(withoutHooks(settings), hooksFor(target));

/** `settings` without the recorder's hooks, and without what only they needed. */
export const withoutHooks = (settings: Fields): Fields => withoutEventHooks(settings, isOurs);

/** Their address or command says so. */
export const RELAY_NAME = "hook-agent-relay.js";

const isOurs = ({ url, command }: Fields): boolean =>
  (typeof url === "string" && url.includes(HOOK_PATH)) ||
  (typeof command === "string" && command.includes(RELAY_NAME));
