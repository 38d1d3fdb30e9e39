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
  #folder;
  #parent;

  /**
   * @param {string} folder
   * @param {string} parent
   */
  constructor(folder, parent) {
    this.#folder = folder;
    this.#parent = parent;
    process.once("exit", this.#removeFolder);
  }

  /**
   * Work happens beside the sources rather than in the temporary folder, which may be memory:
   * there a sync costs nothing and proves nothing.
   * @param {string} parent
   */
  static async open(parent) {
    await mkdir(parent, { recursive: true });
    return new Workbench(await mkdtemp(join(parent, "work-")), parent);
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

  /** The service as it is shipped, on a data folder of this scenario. */
  async service(dataFolder = "data") {
    const environment = { DATA_DIR: this.path(dataFolder), PORT: "0", NODE_ENV: "production" };
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
   */
  async serviceOn(dataFolder) {
    // Else a pass may be due that nobody has asked for.
    await rm(join(dataFolder, "retention.json"), { force: true });
    const environment = { DATA_DIR: dataFolder, PORT: "0", NODE_ENV: "production", ...KEEPS_RUNS };
    return this.#keep(await Server.start([SERVICE], environment));
  }

  /** @param {Server} server */
  #keep(server) {
    this.#servers.push(server);
    return server;
  }

  async close() {
    for (const server of this.#servers) await server.stop();
    await rm(this.#folder, { recursive: true, force: true });
    process.off("exit", this.#removeFolder);
  }

  /** For a run that was interrupted: its servers are stopping and may still write. */
  #removeFolder = () =>
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
