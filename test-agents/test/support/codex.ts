import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Container, type Ended } from "./container.js";

/** As npm installs it: a launcher, which starts the program itself. */
const CODEX = fileURLToPath(new URL("../../node_modules/.bin/codex", import.meta.url));

/** Codex calls tools one by one with one of these models, and by code with the other. */
export const CALLING = "gpt-5.5";
export const CODING = "gpt-6.1-sol";

const configOf = (modelUrl: string): string => `
model = "${CALLING}"
model_provider = "scripted"
analytics.enabled = false
check_for_update_on_startup = false
[model_providers.scripted]
name = "scripted"
base_url = "${modelUrl}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
`;

/** A container with Codex. */
export class CodexContainer extends Container {
  readonly configFile = join(this.home, ".codex/config.toml");
  readonly config: string;

  constructor(modelUrl: string, env: NodeJS.ProcessEnv) {
    super(() => ({ OPENAI_API_KEY: "no-key-at-all", ...env }));
    mkdirSync(join(this.home, ".codex"));
    this.config = configOf(modelUrl);
    writeFileSync(this.configFile, this.config);
  }

  /** Codex with a prompt for the scripted model, on record. */
  codex(...args: string[]): Promise<Ended> {
    return this.hookAgent(["run", "--", ...this.codexCommand(...args)]).ended;
  }

  codexCommand(...args: string[]): string[] {
    return [CODEX, "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", ...args];
  }
}
