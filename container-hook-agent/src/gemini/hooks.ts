import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseObject, type Fields } from "../conversation/fields.js";
import { FOLDER_VARIABLE, ownSettingsOf, withHooks } from "./hook-settings.js";
import { readText, type Started } from "./own-telemetry.js";
import { isRootOnly, makeRootOnlyFolder } from "./root-only.js";

/** Hooks of a run, and where they leave what they are told. */
export interface Hooks {
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
 * Those that are installed, else others by a file that stands in for the system's defaults: neither the workspace nor
 * anybody's settings change, and what they say counts. Undefined: there is no place for such a file.
 * @throws where the system's defaults cannot be read, or a file cannot be written
 */
export function prepareHooks(started: Started): Hooks | undefined {
  if (!ownSettingsOf(started).some((file) => readText(file).includes(FOLDER_VARIABLE)))
    return overlayFor(started);
  const folder = mkdtempSync(join(tmpdir(), "hook-agent-"));
  return { folder, hooksFolder: folder, env: { [FOLDER_VARIABLE]: folder } };
}

function overlayFor(started: Started): Hooks | undefined {
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
