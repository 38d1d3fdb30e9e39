import { basename } from "node:path";
import { claudeCode } from "../claude-code/command-agent.js";
import { codex } from "../codex/command-agent.js";
import { gemini } from "../gemini/command-agent.js";
import { RecordedRun, type Program } from "../conversation/recorded-run.js";
import type { CommandAgent } from "./command-agent.js";

const KNOWN: readonly CommandAgent[] = [claudeCode, codex, gemini];

export function commandAgentOf(command: string): CommandAgent {
  return KNOWN.find(({ fileName }) => fileName.test(basename(command))) ?? otherCommand;
}

const COMMAND: Program = {
  flow: "command",
  idPrefix: "command",
  reportOf: () => ({ type: "tool_call", files: [] }),
};

/** Any other command tells nothing but its end. */
export const otherCommand: CommandAgent = {
  program: COMMAND,
  fileName: /.*/,
  configOf: () => ({}),
  observe: ({ agent, command, args }) => {
    const input = { command, args };
    const findSpawn = () => undefined;
    const run = new RecordedRun({ agent, now: Date.now, program: COMMAND, input, findSpawn });
    return Promise.resolve({ run, args, tick: () => false, drain: () => Promise.resolve() });
  },
};
