import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { CLAUDE_ARGS, placeOf, type AgentName } from "./fleet.js";
import type { Program } from "./local-process.js";
import { ROOT } from "./repository.js";

/** What stands for a container: a folder with what the agent writes, at the same place in every round. */
export interface Box {
  readonly folder: string;
  readonly workspace: string;
}

export function emptyBox(root: string, agent: AgentName): Box {
  const folder = join(root, agent);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const workspace = join(folder, "workspace");
  mkdirSync(join(folder, "home"), { recursive: true });
  if (agent === "claude-cli")
    cpSync(join(ROOT, "test-containers/fly_achensee_claude"), workspace, { recursive: true });
  else mkdirSync(workspace);
  return { folder, workspace };
}

/** A folder for `PATH` with the commands that the image of Claude Code has. */
export function linkCommands(root: string): string {
  const bin = join(root, "bin");
  mkdirSync(bin);
  const claude = createRequire(join(ROOT, "test-agents/package.json")).resolve(
    `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}/claude`,
  );
  symlinkSync(claude, join(bin, "claude"));
  symlinkSync(join(ROOT, "container-hook-agent/bin/hook-agent.mjs"), join(bin, "hook-agent"));
  return bin;
}

export interface Surroundings {
  readonly box: Box;
  readonly round: string;
  readonly serviceUrl: string;
  readonly modelUrl: string;
  readonly password: string;
  /** For `PATH`. */
  readonly bin: string;
}

/** The same program, environment and arguments that the agent's container has. */
export function programOf(
  agent: AgentName,
  surroundings: Surroundings,
  claudeArgs: readonly string[] = CLAUDE_ARGS,
): Program {
  const env = environmentOf(agent, surroundings);
  const { workspace } = surroundings.box;
  const folder = (name: string): string => join(ROOT, "test-containers", name);
  switch (agent) {
    case "customer-comm": {
      const args = [join(ROOT, "scripts/python.sh"), "-m", "src.main_with_session"];
      return { command: "bash", args, cwd: folder("fly_achensee_customer"), env };
    }
    case "email-solver":
      return { command: process.execPath, args: [folder("email_solver/dist/main.js")], env };
    case "claude-cli":
      return { command: "sh", args: ["start.sh", ...claudeArgs], cwd: workspace, env };
  }
}

function environmentOf(agent: AgentName, surroundings: Surroundings): NodeJS.ProcessEnv {
  const { box, round, serviceUrl, modelUrl, password, bin } = surroundings;
  const { sessionId, userId } = placeOf(agent, round);
  const recorded = {
    SESSION_SERVICE_URL: serviceUrl,
    SESSION_ID: sessionId,
    SESSION_USER_ID: userId,
    SESSION_SANDBOX_ID: agent,
    SESSION_SPOOL_DIR: join(box.folder, "spool"),
    WORKSPACE: box.workspace,
  };
  const anthropic = { ANTHROPIC_BASE_URL: modelUrl, ANTHROPIC_API_KEY: "scripted" };
  const home = join(box.folder, "home");
  switch (agent) {
    case "customer-comm":
      return { ...recorded, ...anthropic };
    case "email-solver":
      return { ...recorded, OPENAI_BASE_URL: `${modelUrl}/v1`, MAILBOX_PASSWORD: password };
    case "claude-cli":
      return {
        ...recorded,
        ...anthropic,
        PATH: `${bin}:${process.env.PATH ?? ""}`,
        HOME: home,
        CLAUDE_CONFIG_DIR: join(home, ".claude"),
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      };
  }
}
