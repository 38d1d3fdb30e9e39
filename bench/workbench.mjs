import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "./server.mjs";
import { filledStore, KEEPS_RUNS } from "./stores.mjs";

const SERVICE = fileURLToPath(new URL("../session-storage-service/dist/main.js", import.meta.url));
const BASELINES = fileURLToPath(new URL("baselines/", import.meta.url));

/** What one scenario started and wrote; all of it goes when the scenario ends. */
export class Workbench {
  /** @type {Server[]} */
  #servers = [];
  /** @type {{ close: () => Promise<void> }[]} */
  #others = [];
  #folder;
  #parent;

  /**
   * @param {string} folder
   * @param {string} parent
   * @param {number} liveSeconds how long what is about a long time goes on
   */
  constructor(folder, parent, liveSeconds) {
    this.#folder = folder;
    this.#parent = parent;
    this.liveSeconds = liveSeconds;
    process.once("exit", this.#removeFolder);
  }

  /**
   * Work happens beside the sources rather than in the temporary folder, which may be memory:
   * there a sync costs nothing and proves nothing.
   * @param {string} parent
   * @param {number} liveSeconds
   */
  static async open(parent, liveSeconds) {
    await mkdir(parent, { recursive: true });
    return new Workbench(await mkdtemp(join(parent, "work-")), parent, liveSeconds);
  }

  /** @param {string} name */
  path(name) {
    return join(this.#folder, name);
  }

  /**
   * @param {string} script
   * @param {string[]} args
   */
  async start(script, ...args) {
    return this.#keep(await Server.start([script, ...args]));
  }

  /**
   * @param {string} name of the program in `baselines`
   * @param {string[]} args
   */
  baseline(name, ...args) {
    return this.start(`${BASELINES}${name}.mjs`, ...args);
  }

  /**
   * The service as it is shipped, on a data folder of this scenario.
   * @param {string} dataFolder
   * @param {Record<string, string>} settings
   */
  async service(dataFolder = "data", settings = {}) {
    const environment = { DATA_DIR: this.path(dataFolder), PORT: "0", NODE_ENV: "production", ...settings };
    return this.#keep(await Server.start([SERVICE], environment));
  }

  /**
   * A data folder filled with these sessions, kept for the next run of the bench.
   * @param {string} name
   * @param {() => Iterable<import("./session-files.mjs").SessionPlan>} plans
   */
  store(name, plans) {
    return filledStore(this.#parent, name, plans);
  }

  /**
   * The service on a folder that was filled before, of which nothing is to expire by itself.
   * @param {string} dataFolder
   * @param {Record<string, string>} settings
   */
  async serviceOn(dataFolder, settings = {}) {
    // Else a pass may be due that nobody has asked for.
    await rm(join(dataFolder, "retention.json"), { force: true });
    const environment = {
      DATA_DIR: dataFolder,
      PORT: "0",
      NODE_ENV: "production",
      ...KEEPS_RUNS,
      ...settings,
    };
    return this.#keep(await Server.start([SERVICE], environment));
  }

  /** @param {Server} server */
  #keep(server) {
    this.#servers.push(server);
    return server;
  }

  /**
   * Closed with the scenario, before the servers.
   * @template {{ close: () => Promise<void> }} T
   * @param {T} other
   */
  keep(other) {
    this.#others.push(other);
    return other;
  }

  async close() {
    for (const other of this.#others.reverse()) await other.close();
    for (const server of this.#servers) await server.stop();
    await rm(this.#folder, { recursive: true, force: true });
    process.off("exit", this.#removeFolder);
  }

  /** For a run that was interrupted: its servers are stopping and may still write. */
  #removeFolder = () =>
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
