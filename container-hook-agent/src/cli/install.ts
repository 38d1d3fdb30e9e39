import { mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseObject, type Fields } from "../conversation/fields.js";
import { withHooks, withoutHooks } from "../claude-code/settings.js";
import { HOOK_PATH } from "../conversation/receiver.js";
import { withInstalledHooks, withoutInstalledHooks } from "../gemini/hook-settings.js";
import { hookTarget } from "./hook-target.js";

/** Puts the hooks in; what else is in the file stays as it is. Answers the exit code. */
export function install(file: string, port: number): number {
  const target = hookTarget(`http://127.0.0.1:${port}${HOOK_PATH}`);
  return change(file, (settings) => withHooks(settings, target), `hooks for port ${port} are in ${file}`);
}

export function uninstall(file: string): number {
  return change(file, withoutHooks, `no hooks of hook-agent are in ${file}`);
}

/** Hooks for Gemini CLI, which do nothing but in a run that is on record. */
export function installGemini(file: string): number {
  return change(file, withInstalledHooks, `hooks for \`hook-agent run\` are in ${file}`);
}

export function uninstallGemini(file: string): number {
  return change(file, withoutInstalledHooks, `no hooks of hook-agent are in ${file}`);
}

/** @throws where the file is there and is no settings file: it is left alone then */
export function readSettings(file: string): Fields {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  const settings = parseObject(text);
  if (settings === undefined) throw new Error(`${file} is no JSON object`);
  return settings;
}

function change(file: string, by: (settings: Fields) => Fields, done: string): number {
  const before = readSettings(file);
  const after = by(before);
  if (JSON.stringify(before) !== JSON.stringify(after)) write(file, after);
  process.stdout.write(`${done}\n`);
  return 0;
}

/** By rename, so that the agent never reads half of it. A link stays a link. */
function write(file: string, settings: Fields): void {
  mkdirSync(dirname(file), { recursive: true });
  const stat = statSync(file, { throwIfNoEntry: false });
  const real = stat === undefined ? file : realpathSync(file);
  const temporary = `${real}.new`;
  writeFileSync(temporary, `${JSON.stringify(settings, null, 2)}\n`, { mode: stat?.mode ?? 0o600 });
  renameSync(temporary, real);
}
