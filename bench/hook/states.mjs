import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { Server } from "../server.mjs";
import { workFolder } from "./work-folder.mjs";

const SERVICE = join(import.meta.dirname, "../../session-storage-service/dist/main.js");

/** @typedef {{ name: string, url: string, close: () => Promise<void> }} State of the service, as a hook agent finds it */

/** @returns {Promise<State[]>} */
export async function openStates() {
  return [await up(), await down(), await hanging()];
}

async function up() {
  const folder = await workFolder();
  const server = await Server.start([SERVICE], { PORT: "0", DATA_DIR: folder });
  const close = async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  };
  return { name: "up", url: server.url, close };
}

/** A port on which nobody listens any more. */
async function down() {
  const { url, close } = await hanging();
  await close();
  return { name: "down", url, close: () => Promise.resolve() };
}

/** Takes connections and never answers. */
async function hanging() {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  const server = createServer((socket) => sockets.add(socket.on("error", () => undefined).resume()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const close = () =>
    new Promise((/** @type {(value: void) => void} */ resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { name: "hanging", url: `http://127.0.0.1:${port}`, close };
}
