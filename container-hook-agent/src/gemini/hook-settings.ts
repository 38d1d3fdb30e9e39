import { join } from "node:path";
import type { Fields } from "../conversation/fields.js";
import { withEventHooks, withoutEventHooks } from "../conversation/settings-hooks.js";
import { homeOf, type Started } from "./own-telemetry.js";

/** What nothing else tells: where the chat is, that a tool begins or has answered, that a turn is over. */
const EVENTS = ["SessionStart", "BeforeTool", "AfterTool", "AfterAgent"] as const;
/** They are done in a few milliseconds; one that is not shall hold nobody up. */
const TIMEOUT_MS = 2_000;
/** Names the folder to hooks that are installed; without it they do nothing. */
export const FOLDER_VARIABLE = "HOOK_AGENT_GEMINI_HOOKS";

/** Settings of the user's, and those of the workspace. */
export const ownSettingsOf = ({ env }: Started): string[] => [userSettingsOf(env), WORKSPACE_SETTINGS];

const WORKSPACE_SETTINGS = join(".gemini", "settings.json");

export const userSettingsOf = (env: NodeJS.ProcessEnv): string =>
  join(homeOf(env), ".gemini", "settings.json");

/** Settings with hooks that leave what they are told in a folder. */
export const withHooks = (settings: Fields, folder: string): Fields =>
  hooked(settings, `{ ${leaveIn(`'${folder.replaceAll("'", `'\\''`)}'`)}; } 2>/dev/null; exit 0`);

/** The same for the folder that a run names. Installing twice is installing once. */
export function withInstalledHooks(settings: Fields): Fields {
  const folder = `"$${FOLDER_VARIABLE}"`;
  return hooked(
    withoutInstalledHooks(settings),
    `[ -z ${folder} ] || { ${leaveIn(folder)}; } 2>/dev/null; exit 0`,
  );
}

export const withoutInstalledHooks = (settings: Fields): Fields =>
  withoutEventHooks(settings, ({ command }) => String(command).includes(FOLDER_VARIABLE));

/** A tenth of what it takes to start Node. What the command said would be shown. */
const leaveIn = (folder: string): string => `cat >${folder}/$$.json`;

function hooked(settings: Fields, command: string): Fields {
  const hook = { type: "command", name: "hook-agent", command, timeout: TIMEOUT_MS };
  return withEventHooks(settings, Object.fromEntries(EVENTS.map((event) => [event, [hook]])));
}
