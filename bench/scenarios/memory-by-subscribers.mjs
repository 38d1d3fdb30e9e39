import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createSession } from "../recorder.mjs";

const LOAD = fileURLToPath(new URL("../load/idle-subscribers.mjs", import.meta.url));
const SUBSCRIBERS = 1_000;
const WEBSOCKET = "WebSocket subscriber";
const SSE = "SSE subscriber";
const KIBIBYTE = 2 ** 10;

/** @type {import("../scenario.mjs").Scenario} */
export const memoryBySubscribers = {
  name: "memory-by-subscribers",
  work: "resident memory of the service for each of 1,000 idle subscribers",
  unit: "KiB",
  targets: [
    { contestant: WEBSOCKET, atMost: 25 },
    { contestant: SSE, atMost: 25 },
  ],
  maxRounds: 3,
  async prepare(bench) {
    let samples = 0;
    /**
     * @param {string} kind
     * @param {string} path
     */
    const measure = async (kind, path) => {
      samples += 1;
      const service = await bench.service(`data-${samples}`);
      await createSession(service, "bench");
      const bytes = await growth(service, { kind, path, port: service.port, subscribers: SUBSCRIBERS });
      await service.stop();
      return { value: bytes / SUBSCRIBERS / KIBIBYTE };
    };
    return {
      [WEBSOCKET]: () => measure("ws", "/ws?session=bench"),
      [SSE]: () => measure("sse", "/api/sessions/bench/stream"),
    };
  },
};

/**
 * Bytes by which a service that is fresh but for a handful of subscribers grew with the rest. After other
 * work they would find room in a heap that has grown already, and seem to cost less than they do.
 * @param {import("../server.mjs").Server} service
 * @param {{ kind: string, path: string, port: number, subscribers: number }} options
 */
async function growth(service, options) {
  const first = await subscribers({ ...options, subscribers: 10 });
  await service.settle();
  const before = await service.residentBytes();
  const rest = await subscribers(options);
  await service.settle();
  const bytes = (await service.residentBytes()) - before;
  for (const held of [first, rest]) await held.release();
  return bytes;
}

/** @param {object} options */
async function subscribers(options) {
  const child = spawn(process.execPath, [LOAD, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exited]);
  if (typeof line !== "string") throw new Error("the subscribers could not connect");
  const release = async () => {
    child.stdin.end();
    await exited;
  };
  return { release };
}
