import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, type Ended } from "../command.js";
import { AGENTS, type AgentName, type Fleet } from "./fleet.js";
import { emptyBox, linkCommands, programOf, type Box } from "./local-agents.js";
import { LocalProcess } from "./local-process.js";
import { ROOT } from "./repository.js";
import { TcpProxy } from "./tcp-proxy.js";

interface Started {
  readonly box: Box;
  readonly round: string;
  readonly process: LocalProcess;
}

/** Everything as plain processes. Each agent reaches the service through a port of its own that can be cut. */
export class LocalFleet implements Fleet {
  readonly #root = mkdtempSync(join(tmpdir(), "e2e-"));
  readonly #password: string;
  readonly #proxies = new Map<AgentName, TcpProxy>();
  readonly #agents = new Map<AgentName, Started>();
  #service: LocalProcess | undefined;
  #servicePort = 0;
  #model: LocalProcess | undefined;
  #modelPort = 0;
  #bin = "";

  constructor(password: string) {
    this.#password = password;
  }

  async checkEngine(): Promise<string> {
    const python = await run("bash", [join(ROOT, "scripts/python.sh"), "--version"]);
    this.#bin = linkCommands(this.#root);
    const claude = await run(join(this.#bin, "claude"), ["--version"], {
      env: { HOME: this.#root, PATH: process.env.PATH },
    });
    return `plain processes: Node ${process.version}, ${python.trim()}, ${claude.trim()}`;
  }

  async build(): Promise<void> {
    const imported = "import langgraph, langchain_anthropic, container_hook_agent.langgraph";
    await run("bash", [join(ROOT, "scripts/python.sh"), "-c", imported]);
  }

  async startServices(): Promise<void> {
    const { ANTHROPIC_API_KEY, ANTHROPIC_UPSTREAM_URL } = process.env;
    this.#model = new LocalProcess({
      command: process.execPath,
      args: [join(ROOT, "test-containers/model-api/dist/main.js")],
      env: { ANTHROPIC_API_KEY, ANTHROPIC_UPSTREAM_URL },
    });
    this.#modelPort = await this.#model.port();
    for (const agent of AGENTS) this.#proxies.set(agent, await TcpProxy.listen(() => this.#servicePort));
    await this.restartService();
  }

  serviceUrl(): Promise<string> {
    return Promise.resolve(`http://127.0.0.1:${this.#servicePort}`);
  }

  modelUrl(): Promise<string> {
    return Promise.resolve(`http://127.0.0.1:${this.#modelPort}`);
  }

  async killService(): Promise<void> {
    await this.#service?.kill();
  }

  async restartService(): Promise<void> {
    const dataDir = join(this.#root, "data");
    mkdirSync(dataDir, { recursive: true });
    this.#service = new LocalProcess({
      command: process.execPath,
      args: [join(ROOT, "session-storage-service/dist/main.js")],
      env: { PORT: "0", DATA_DIR: dataDir },
    });
    this.#servicePort = await this.#service.port();
  }

  startAgents(round: string): Promise<void> {
    for (const agent of AGENTS) this.#start(agent, emptyBox(this.#root, agent), round);
    return Promise.resolve();
  }

  async killAgent(agent: AgentName): Promise<void> {
    await this.#started(agent).process.kill();
  }

  restartAgent(agent: AgentName): Promise<void> {
    const { box, round } = this.#started(agent);
    this.#start(agent, box, round);
    return Promise.resolve();
  }

  agentEnded(agent: AgentName): Promise<Ended> {
    return this.#started(agent).process.ended;
  }

  isUp(name: AgentName | "service" | "model-api"): Promise<boolean> {
    if (name === "service") return Promise.resolve(this.#service?.isUp ?? false);
    if (name === "model-api") return Promise.resolve(this.#model?.isUp ?? false);
    return Promise.resolve(this.#agents.get(name)?.process.isUp ?? false);
  }

  workspaceFile(agent: AgentName, path: string): Promise<string> {
    return readFile(join(this.#started(agent).box.workspace, path), "utf8");
  }

  async cut(agent: AgentName): Promise<void> {
    await this.#proxies.get(agent)?.cut();
  }

  async heal(agent: AgentName): Promise<void> {
    await this.#proxies.get(agent)?.heal();
  }

  freshClaude(round: string, args: readonly string[]): Promise<Ended> {
    this.#start("claude-cli", emptyBox(this.#root, "claude-cli"), round, args);
    return this.agentEnded("claude-cli");
  }

  async copyData(folder: string): Promise<void> {
    await this.#service?.kill("SIGTERM");
    cpSync(join(this.#root, "data"), folder, { recursive: true, verbatimSymlinks: true });
  }

  logs(): Promise<string> {
    const said = [...this.#agents].map(([agent, { process }]) => [agent, process.output] as const);
    const all = [...said, ["model-api", this.#model?.output ?? ""], ["service", this.#service?.output ?? ""]];
    return Promise.resolve(all.map(([name, output]) => `--- ${name}\n${output.slice(-4_000)}`).join("\n"));
  }

  async close(): Promise<void> {
    for (const { process } of this.#agents.values()) await process.kill();
    for (const proxy of this.#proxies.values()) await proxy.cut();
    await this.#model?.kill("SIGTERM");
    await this.#service?.kill("SIGTERM");
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  #started(agent: AgentName): Started {
    const started = this.#agents.get(agent);
    if (started === undefined) throw new Error(`${agent} was not started`);
    return started;
  }

  #start(agent: AgentName, box: Box, round: string, claudeArgs?: readonly string[]): void {
    const serviceUrl = `http://127.0.0.1:${this.#proxies.get(agent)?.port ?? 0}`;
    const modelUrl = `http://127.0.0.1:${this.#modelPort}`;
    const surroundings = { box, round, serviceUrl, modelUrl, password: this.#password, bin: this.#bin };
    const process = new LocalProcess(programOf(agent, surroundings, claudeArgs));
    this.#agents.set(agent, { box, round, process });
  }
}
