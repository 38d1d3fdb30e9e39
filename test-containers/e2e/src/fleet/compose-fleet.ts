import { mkdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, start, type Ended } from "../command.js";
import { until } from "../until.js";
import { AGENTS, type AgentName, type Fleet } from "./fleet.js";
import { ROOT } from "./repository.js";

const FILE = join(ROOT, "docker-compose.test.yml");
const NETWORK = "claude-network";
const PORTS = { service: 9_000, "model-api": 8_080 } as const;

/** Everything as containers of one project of Compose. */
export class ComposeFleet implements Fleet {
  readonly #project: string;
  readonly #password: string;
  #round = "none";
  /** Where the service is published while it is up: looked up once, since each question to Compose is a program. */
  #serviceUrl: string | undefined;

  constructor(password: string, project: string) {
    this.#password = password;
    this.#project = project;
  }

  async checkEngine(): Promise<string> {
    const engine = await run("docker", ["version", "--format", "{{.Server.Version}}"]);
    const compose = await run("docker", ["compose", "version", "--short"]);
    for (const file of [FILE, join(ROOT, "docker-compose.yml")])
      await run("docker", ["compose", "-f", file, "config", "-q"], this.#options());
    return `Docker engine ${engine.trim()}, Compose ${compose.trim()}`;
  }

  async build(): Promise<void> {
    await this.#compose("build", "--quiet");
  }

  async startServices(): Promise<void> {
    await this.#compose("up", "-d", "--wait", "--quiet-pull", "service", "model-api");
    this.#serviceUrl = await this.#published("service");
  }

  serviceUrl(): Promise<string> {
    const url = this.#serviceUrl;
    return url === undefined ? Promise.reject(new Error("the service is away")) : Promise.resolve(url);
  }

  modelUrl(): Promise<string> {
    return this.#published("model-api");
  }

  async killService(): Promise<void> {
    this.#serviceUrl = undefined;
    await this.#kill("service");
  }

  async restartService(): Promise<void> {
    await this.#compose("start", "service");
    this.#serviceUrl = await this.#published("service");
    await until("the service to be ready again", async () => {
      const { ok } = await fetch(`${await this.serviceUrl()}/health/ready`);
      return ok || undefined;
    });
  }

  async startAgents(round: string): Promise<void> {
    this.#round = round;
    // Recreating a container would leave the volumes of the one before behind.
    await this.#compose("rm", "--stop", "--force", "--volumes", ...AGENTS);
    await this.#compose("up", "-d", "--no-deps", ...AGENTS);
  }

  async killAgent(agent: AgentName): Promise<void> {
    await this.#kill(agent);
  }

  async restartAgent(agent: AgentName): Promise<void> {
    await this.#compose("start", agent);
  }

  async agentEnded(agent: AgentName): Promise<Ended> {
    const id = await this.#id(agent);
    const code = await run("docker", ["wait", id]);
    const { stdout, output } = await start("docker", ["logs", id]).ended;
    return { code: Number(code), stdout, output };
  }

  async isUp(name: AgentName | "service" | "model-api"): Promise<boolean> {
    const state = await run("docker", ["inspect", "--format", "{{.State.Running}}", await this.#id(name)]);
    return state.trim() === "true";
  }

  async workspaceFile(agent: AgentName, path: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "e2e-"));
    try {
      await run("docker", ["cp", `${await this.#id(agent)}:/workspace/${path}`, join(folder, "file")]);
      return await readFile(join(folder, "file"), "utf8");
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async cut(agent: AgentName): Promise<void> {
    await run("docker", ["network", "disconnect", this.#network(), await this.#id(agent)]);
  }

  async heal(agent: AgentName): Promise<void> {
    const id = await this.#id(agent);
    await run("docker", ["network", "connect", "--alias", agent, this.#network(), id]);
  }

  async freshClaude(round: string, args: readonly string[]): Promise<Ended> {
    this.#round = round;
    const command = ["run", "--rm", "--no-deps", "-T", "claude-cli", ...args];
    return start("docker", this.#args(command), this.#options()).ended;
  }

  async copyData(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    await this.#compose("stop", "service");
    await run("docker", ["cp", `${await this.#id("service")}:/var/claude-sessions/.`, folder]);
  }

  logs(): Promise<string> {
    return this.#compose("logs", "--no-color", "--tail", "60");
  }

  async close(): Promise<void> {
    await this.#compose("down", "--volumes", "--remove-orphans", "--timeout", "10");
  }

  async #kill(name: AgentName | "service"): Promise<void> {
    await this.#compose("kill", "--signal", "SIGKILL", name);
    await until(`${name} to be gone`, async () => !(await this.isUp(name)) || undefined);
  }

  /** The container that is there now, running or not. */
  async #id(name: string): Promise<string> {
    const ids = (await this.#compose("ps", "--all", "--quiet", name)).trim();
    if (!/^[0-9a-f]{12,}$/.test(ids)) throw new Error(`there is no one container of ${name}: ${ids}`);
    return ids;
  }

  /** Chosen anew by the engine each time a container starts. */
  async #published(name: keyof typeof PORTS): Promise<string> {
    const address = await this.#compose("port", name, String(PORTS[name]));
    return `http://${address.trim()}`;
  }

  #network(): string {
    return `${this.#project}_${NETWORK}`;
  }

  #args(command: readonly string[]): string[] {
    return ["compose", "--project-name", this.#project, "--file", FILE, ...command];
  }

  #compose(...command: string[]): Promise<string> {
    return run("docker", this.#args(command), this.#options());
  }

  #options() {
    const env = { ...process.env, TIMESTAMP: this.#round, MAILBOX_PASSWORD: this.#password };
    return { cwd: ROOT, env };
  }
}
