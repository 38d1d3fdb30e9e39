import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { Container, type Ended } from "./container.js";

const GEMINI = fileURLToPath(new URL("../../node_modules/.bin/gemini", import.meta.url));

const SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" } },
  general: { enableAutoUpdate: false },
  privacy: { usageStatisticsEnabled: false },
};

/** A container with Gemini CLI. */
export class GeminiContainer extends Container {
  readonly settingsFile = join(this.home, ".gemini/settings.json");
  /** Settings for the system's are only taken from where nobody but root can write. */
  readonly temporary: string;

  constructor(modelUrl: string, env: NodeJS.ProcessEnv) {
    const temporary = mkdtempSync("/run/real-agent-");
    const variables = { GEMINI_API_KEY: "no-key-at-all", GOOGLE_GEMINI_BASE_URL: modelUrl };
    super(() => ({ ...variables, TMPDIR: temporary, ...env }));
    this.temporary = temporary;
    onTestFinished(() => rmSync(temporary, { recursive: true }));
    mkdirSync(join(this.home, ".gemini"));
    this.set({});
  }

  /** The user's settings. */
  set(settings: object): void {
    writeFileSync(this.settingsFile, JSON.stringify({ ...SETTINGS, ...settings }));
  }

  /** No command may begin with this. */
  forbid(commandPrefix: string): void {
    const policies = join(this.home, ".gemini/policies");
    mkdirSync(policies);
    const rule = [
      "toolName = 'run_shell_command'",
      `commandPrefix = '${commandPrefix}'`,
      "decision = 'deny'",
    ];
    writeFileSync(join(policies, "no.toml"), ["[[rule]]", ...rule, "priority = 900"].join("\n"));
  }

  /** What a run has left in the folder for temporary files. */
  left(): string[] {
    return readdirSync(this.temporary).filter((name) => name.startsWith("hook-agent"));
  }

  /** Gemini CLI with a prompt for the scripted model, on record. */
  gemini(prompt: string, ...args: string[]): Promise<Ended> {
    return this.hookAgent(["run", "--", ...this.geminiCommand(prompt, ...args)]).ended;
  }

  geminiCommand(prompt: string, ...args: string[]): string[] {
    const approval = args.includes("--approval-mode") ? [] : ["--approval-mode", "yolo"];
    return [GEMINI, "--model", "gemini-2.5-flash", "--skip-trust", ...approval, "-p", prompt, ...args];
  }
}
