import { parseArgs } from "node:util";
import { TRANSCRIPT_MODES } from "../claude-code/keeping.js";
import { settingsFile } from "../claude-code/settings.js";
import { messageOf } from "../step.js";
import { daemon } from "./daemon.js";
import { doctor } from "./doctor.js";
import { userSettingsOf } from "../gemini/hook-settings.js";
import { install, installGemini, uninstall, uninstallGemini } from "./install.js";
import { run } from "./run.js";
import { send } from "./send.js";

const USAGE = `hook-agent: puts command-line agents on record in the session storage service

  hook-agent run [--keep-open] [--costs] [--wait SECONDS] [--transcripts MODE] -- COMMAND [ARGUMENT...]
      runs a command, such as claude, on record; it keeps its streams, signals and exit code
  hook-agent install claude-code [--settings FILE] [--port PORT]
  hook-agent uninstall claude-code [--settings FILE]
      puts the hooks into Claude Code's settings, for the daemon; takes them out again
  hook-agent install gemini [--settings FILE]
  hook-agent uninstall gemini [--settings FILE]
      puts hooks into Gemini CLI's settings, for \`run\` where it is not root; takes them out again
  hook-agent daemon [--port PORT] [--transcripts MODE]
      records what installed hooks tell
  hook-agent send [--wait SECONDS]
      sends what former runs could not send
  hook-agent doctor [--settings FILE]
      says what works and what does not

MODE is keep, so that Claude Code's conversations can be resumed elsewhere; redact, the same without credentials; or off.
SESSION_SERVICE_URL says where the service listens, SESSION_ID which session to record into, SESSION_USER_ID whose it is.
`;

const EXIT_USAGE = 2;
const DEFAULT_PORT = "9017";

const OPTIONS = {
  "keep-open": { type: "boolean", default: false },
  costs: { type: "boolean", default: false },
  wait: { type: "string", default: "5" },
  port: { type: "string", default: DEFAULT_PORT },
  settings: { type: "string" },
  transcripts: { type: "string", default: "keep" },
} as const;

/** Words, options, and what follows `--`. */
function parse(args: readonly string[]) {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  const { values, positionals } = parseArgs({ args: [...own], options: OPTIONS, allowPositionals: true });
  const waitMs = numberAt("--wait", values.wait) * 1_000;
  const port = numberAt("--port", values.port);
  const transcripts = TRANSCRIPT_MODES.find((mode) => mode === values.transcripts);
  if (transcripts === undefined)
    throw new TypeError(`--transcripts takes ${TRANSCRIPT_MODES.join(", ")}, not ${values.transcripts}`);
  return { values, positionals, waitMs, port, transcripts, command: end === -1 ? [] : args.slice(end + 1) };
}

function numberAt(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !(number >= 0)) throw new TypeError(`${option} takes a number, not ${text}`);
  return number;
}

/** What the command line asks for. Answers the exit code, where the process does not end otherwise. */
export async function main(args: readonly string[]): Promise<void> {
  // The library never keeps a process alive; here that is wanted.
  const alive = setInterval(() => undefined, 60_000);
  try {
    process.exitCode = await perform(parse(args));
  } catch (error) {
    process.stderr.write(`hook-agent: ${messageOf(error)}\n`);
    process.exitCode = EXIT_USAGE;
  } finally {
    clearInterval(alive);
  }
}

async function perform({
  values,
  positionals,
  waitMs,
  port,
  transcripts,
  command,
}: ReturnType<typeof parse>): Promise<number> {
  const [verb, subject] = positionals;
  const [program, ...args] = command;
  const file = settingsFile(values.settings);
  const geminiFile = values.settings ?? userSettingsOf(process.env);
  if (verb === "run" && program !== undefined) {
    const { "keep-open": keepOpen, costs } = values;
    await run({ command: program, args, keepOpen, costs, waitMs, transcripts });
    return 0;
  }
  if (verb === "install" && subject === "claude-code") return install(file, port);
  if (verb === "uninstall" && subject === "claude-code") return uninstall(file);
  if (verb === "install" && subject === "gemini") return installGemini(geminiFile);
  if (verb === "uninstall" && subject === "gemini") return uninstallGemini(geminiFile);
  if (verb === "daemon") return daemon(port, transcripts);
  if (verb === "send") return send(waitMs);
  if (verb === "doctor") return doctor(file);
  process.stderr.write(USAGE);
  return EXIT_USAGE;
}
