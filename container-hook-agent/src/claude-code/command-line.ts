import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { objectOf, parseObject } from "../conversation/fields.js";
import { settingsFile, withHooks, type HookTarget } from "./settings.js";
import { hasTelemetry, telemetryEnv } from "./telemetry.js";

interface SettingsArgument {
  readonly value: string;
  /** The command's arguments without it. */
  readonly others: readonly string[];
}

export interface ClaudeCommand {
  readonly args: readonly string[];
  /** Whether its telemetry tells the recorder what requests cost. */
  readonly tellsCosts: boolean;
  /** To be removed when it has ended. */
  readonly temporaryFolder?: string;
}

/**
 * The arguments of Claude Code with the recorder's hooks added for this run: neither the workspace nor the user's
 * settings change. Settings given on the command line keep everything they say.
 */
export function withClaudeHooks(
  args: readonly string[],
  target: HookTarget,
  wantsCosts: boolean,
  warn: (message: string) => void,
): ClaudeCommand {
  const own = settingsArgument(args);
  if (own === undefined) {
    const tellsCosts = wantsCosts && !isMeasured();
    const settings = withHooks(tellsCosts ? { env: telemetryEnv(target.url) } : {}, target);
    return { args: ["--settings", JSON.stringify(settings), ...args], tellsCosts };
  }
  const isInline = own.value.trimStart().startsWith("{");
  const settings = parseObject(isInline ? own.value : readText(own.value));
  if (settings === undefined) {
    warn("the settings given to Claude Code cannot be read: its hooks are not recorded");
    return { args, tellsCosts: false };
  }
  const merged = JSON.stringify(withHooks(settings, target));
  // What was in a file may be secret, and a process's arguments are not.
  if (isInline) return { args: ["--settings", merged, ...own.others], tellsCosts: false };
  const temporaryFolder = mkdtempSync(join(tmpdir(), "hook-agent-"));
  const file = join(temporaryFolder, "settings.json");
  writeFileSync(file, merged, { mode: 0o600 });
  return { args: ["--settings", file, ...own.others], tellsCosts: false, temporaryFolder };
}

const MANAGED_SETTINGS = "/etc/claude-code/managed-settings.json";

/** Whether somebody has Claude Code send telemetry already: there is one way for it, and it is theirs. */
function isMeasured(): boolean {
  const inProject = ["settings.json", "settings.local.json"].map((name) =>
    join(process.cwd(), ".claude", name),
  );
  const files = [settingsFile(undefined), ...inProject, MANAGED_SETTINGS];
  const environments = files.map((file) => objectOf(parseObject(readText(file))?.env) ?? {});
  return [process.env, ...environments].some(hasTelemetry);
}

function settingsArgument(args: readonly string[]): SettingsArgument | undefined {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  const index = options.findLastIndex((arg) => arg === "--settings" || arg.startsWith("--settings="));
  const arg = args[index];
  if (arg === undefined) return undefined;
  const isOneWord = arg !== "--settings";
  const value = isOneWord ? arg.slice("--settings=".length) : (args[index + 1] ?? "");
  return { value, others: [...args.slice(0, index), ...args.slice(index + (isOneWord ? 1 : 2))] };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
