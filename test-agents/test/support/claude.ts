import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Container, type Ended } from "./container.js";

const PACKAGE = `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}/claude`;

/** The binary inside the Agent SDK, as it is installed. */
export const CLAUDE = createRequire(import.meta.url).resolve(PACKAGE);

/** A container with Claude Code. */
export class Workspace extends Container {
  constructor(modelUrl: string, env: NodeJS.ProcessEnv) {
    super((home) => ({
      CLAUDE_CONFIG_DIR: join(home, ".claude"),
      ANTHROPIC_BASE_URL: modelUrl,
      ANTHROPIC_API_KEY: "no-key-at-all",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_ENABLE_TODO_TOOLS: "1",
      ...env,
    }));
    mkdirSync(join(this.home, ".claude"));
  }

  /** Claude Code with a prompt for the scripted model, on record. */
  claude(prompt: string, ...args: string[]): Promise<Ended> {
    return this.hookAgent(["run", "--costs", "--", ...this.claudeCommand(prompt, ...args)]).ended;
  }

  claudeCommand(prompt: string, ...args: string[]): string[] {
    const allowed = args.includes("--allowedTools") ? [] : ["--allowedTools", "Bash,Read,Write,Edit,Agent"];
    const usual = ["--permission-mode", "acceptEdits", ...allowed];
    return [CLAUDE, "-p", prompt, ...usual, ...args];
  }
}

/** What Claude Code calls the project of a folder; `folder` is no link. */
export const projectKeyOf = (folder: string): string => folder.replace(/[^a-zA-Z0-9]/g, "-");
