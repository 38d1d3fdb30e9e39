import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseObject, type Fields } from "../conversation/fields.js";
import { withHooks } from "./hook-settings.js";
import { readText, type Started } from "./own-telemetry.js";
import { isRootOnly, makeRootOnlyFolder } from "./root-only.js";

/** Settings of the system's, which everybody else's override, and where their hooks leave what they are told. */
export interface Overlay {
  /** To be removed when the command has ended. */
  readonly folder: string;
  readonly hooksFolder: string;
  readonly env: Readonly<Record<string, string>>;
}

const DEFAULTS = "GEMINI_CLI_SYSTEM_DEFAULTS_PATH";
const SETTINGS = "GEMINI_CLI_SYSTEM_SETTINGS_PATH";

/** Where the system has its settings. */
export const systemSettingsOf = ({ env }: Started): string =>
  env[SETTINGS] ??
  (process.platform === "darwin"
    ? "/Library/Application Support/GeminiCli/settings.json"
    : "/etc/gemini-cli/settings.json");

export const systemDefaultsOf = (started: Started): string =>
  started.env[DEFAULTS] ?? join(dirname(systemSettingsOf(started)), "system-defaults.json");

/**
 * Hooks, by a file that stands in for the system's defaults: neither the workspace nor anybody's settings change, and
 * what they say counts. Undefined: there is no place for such a file.
 * @throws where the system's defaults cannot be read, or the file cannot be written
 */
export function createOverlay(started: Started): Overlay | undefined {
  const defaults = readDefaults(systemDefaultsOf(started));
  const folder = makeRootOnlyFolder();
  if (folder === undefined) return undefined;
  const hooksFolder = join(folder, "hooks");
  mkdirSync(hooksFolder);
  const file = join(folder, "system-defaults.json");
  writeFileSync(file, JSON.stringify(withHooks(defaults, hooksFolder)), { mode: 0o600 });
  return { folder, hooksFolder, env: { [DEFAULTS]: file } };
}

/** Those that Gemini CLI would not take are not to come in by this way. */
function readDefaults(file: string): Fields {
  const text = isRootOnly(file) ? readText(file) : "";
  const defaults = text.trim() === "" ? {} : parseObject(text);
  if (defaults === undefined) throw new Error(`${file} is no plain JSON object`);
  return defaults;
}
