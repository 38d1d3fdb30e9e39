import { existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { bad, good, type Finding } from "../cli/finding.js";
import { objectOf, parseObject } from "../conversation/fields.js";
import { FOLDER_VARIABLE, userSettingsOf } from "./hook-settings.js";
import { readText } from "./own-telemetry.js";
import { makeRootOnlyFolder } from "./root-only.js";

/** What works with Gemini CLI, for those who use it. */
export function geminiFindings(env: NodeJS.ProcessEnv): Finding[] {
  const file = userSettingsOf(env);
  if (!existsSync(dirname(file))) return [];
  const text = readText(file);
  if (objectOf(parseObject(text)?.hooksConfig)?.enabled === false)
    return [bad(`${file} has hooksConfig.enabled off: no hook of Gemini CLI fires`)];
  if (text.includes(FOLDER_VARIABLE)) return [good(`hooks for Gemini CLI are in ${file}`)];
  const folder = makeRootOnlyFolder();
  if (folder === undefined)
    return [
      bad(`Gemini CLI takes no hooks by the way here: \`hook-agent install gemini\` puts them into ${file}`),
    ];
  rmSync(folder, { recursive: true });
  return [good(`\`hook-agent run\` brings hooks for Gemini CLI by a folder in ${dirname(folder)}`)];
}
