import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { upFrom } from "./root-only.js";

/** How Gemini CLI is started. */
export interface Started {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const VARIABLE = /\b(?:GEMINI_TELEMETRY|OTEL)_/;

/** Whether there is a word of telemetry anywhere: what is set then is somebody's, and nothing is to be put beside it. */
export function hasOwnTelemetry({ args, env }: Started, settingsFiles: readonly string[]): boolean {
  return (
    args.some((arg) => arg.startsWith("--telemetry")) ||
    Object.keys(env).some((name) => VARIABLE.test(name)) ||
    settingsFiles.some((file) => readText(file).includes('"telemetry"')) ||
    environmentFiles(env).some((file) => VARIABLE.test(readText(file)))
  );
}

/** Of which Gemini CLI takes the first. */
const environmentFiles = (env: NodeJS.ProcessEnv): string[] =>
  [...upFrom(process.cwd()), homeOf(env)].flatMap((folder) => [
    join(folder, ".gemini", ".env"),
    join(folder, ".env"),
  ]);

/** By variables, which count before all settings. */
export const telemetryTo = (url: string): Readonly<Record<string, string>> => ({
  GEMINI_TELEMETRY_ENABLED: "true",
  GEMINI_TELEMETRY_TARGET: "local",
  GEMINI_TELEMETRY_OTLP_ENDPOINT: url,
  GEMINI_TELEMETRY_OTLP_PROTOCOL: "http",
  GEMINI_TELEMETRY_LOG_PROMPTS: "false",
});

/** The folder that has the user's `.gemini`. */
export const homeOf = (env: NodeJS.ProcessEnv): string => env.GEMINI_CLI_HOME ?? homedir();

/** Empty: it is not there, or cannot be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
