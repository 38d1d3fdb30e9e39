import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "./server.mjs";

const SERVICE = fileURLToPath(new URL("../session-storage-service/dist/main.js", import.meta.url));
const BASELINES = fileURLToPath(new URL("baselines/", import.meta.url));

/** What one scenario started and wrote; all of it goes when the scenario ends. */
export class Workbench {
  /** @type {Server[]} */
  #servers = [];
  #folder;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
    process.once("exit", this.#removeFolder);
  }

  /**
   * Work happens beside the sources rather than in the temporary folder, which may be memory:
   * there a sync costs nothing and proves nothing.
   * @param {string} parent
   */
  static async open(parent) {
    await mkdir(parent, { recursive: true });
    return new Workbench(await mkdtemp(join(parent, "work-")));
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
