import { homedir } from "node:os";
import { join } from "node:path";
import { HOOK_PATH } from "../conversation/receiver.js";
import { listOf, objectOf, type Fields } from "../conversation/fields.js";

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
/** The recorder answers at once; one that does not is of no use, and nobody shall wait for it. */
const TIMEOUT_S = 2;

/** Where hooks are sent to, and the command that sends what Claude Code gives only to commands. */
export interface HookTarget {
  readonly url: string;
  readonly command: string;
}

type Hooks = Readonly<Record<string, readonly unknown[]>>;

function hooksFor({ url, command }: HookTarget): Hooks {
  const http = { type: "http", url, timeout: TIMEOUT_S };
  const entries = HTTP_EVENTS.map((event) => [event, [{ hooks: [http] }]] as const);
  return {
    ...Object.fromEntries(entries),
    [COMMAND_EVENT]: [{ hooks: [{ type: "command", command, timeout: TIMEOUT_S }] }],
  };
}

/** `settings` with the recorder's hooks beside those that are there. Installing twice is installing once. */
export function withHooks(settings: Fields, target: HookTarget): Fields {
  const clean = withoutHooks(settings);
  const before = objectOf(clean.hooks) ?? {};
  const added = Object.entries(hooksFor(target)).map(
    ([event, groups]) => [event, [...listOf(before[event]), ...groups]] as const,
  );
  return { ...clean, hooks: { ...before, ...Object.fromEntries(added) } };
}

/** `settings` without the recorder's hooks, and without what only they needed. */
export function withoutHooks(settings: Fields): Fields {
  const { hooks, ...others } = settings;
  const kept = Object.entries(objectOf(hooks) ?? {}).flatMap(([event, groups]) => {
    const left = listOf(groups).flatMap(withoutOurs);
    return left.length > 0 || listOf(groups).length === 0 ? [[event, left] as const] : [];
  });
  if (hooks === undefined || kept.length === 0) return others;
  return { ...others, hooks: Object.fromEntries(kept) };
}

function withoutOurs(group: unknown): unknown[] {
  const fields = objectOf(group);
  const hooks = listOf(fields?.hooks);
  const left = hooks.filter((hook) => !isOurs(hook));
  if (left.length === hooks.length) return [group];
  return left.length === 0 ? [] : [{ ...fields, hooks: left }];
}

/** Their address or command says so. */
export const RELAY_NAME = "hook-agent-relay.js";

function isOurs(hook: unknown): boolean {
  const { url, command } = objectOf(hook) ?? {};
  return (
    (typeof url === "string" && url.includes(HOOK_PATH)) ||
    (typeof command === "string" && command.includes(RELAY_NAME))
  );
}
