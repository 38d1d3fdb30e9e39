import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createSession } from "../recorder.mjs";

const LOAD = fileURLToPath(new URL("../load/idle-subscribers.mjs", import.meta.url));
const SUBSCRIBERS = 1_000;
const WEBSOCKET = "WebSocket subscriber";
const SECOND_WEBSOCKET = "WebSocket subscriber, of a second 1,000";
const SSE = "SSE subscriber";
const SECOND_SSE = "SSE subscriber, of a second 1,000";
const A_HANDFUL = 10;
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
     * @param {number} alreadyThere
     */
    const measure = async (kind, path, alreadyThere) => {
      samples += 1;
      const service = await bench.service(`data-${samples}`);
      await createSession(service, "bench");
      const bytes = await growth(service, { kind, path, port: service.port }, alreadyThere);
      await service.stop();
      return { value: bytes / SUBSCRIBERS / KIBIBYTE };
    };
    const stream = "/api/sessions/bench/stream";
    return {
      [WEBSOCKET]: () => measure("ws", "/ws?session=bench", A_HANDFUL),
      [SECOND_WEBSOCKET]: () => measure("ws", "/ws?session=bench", SUBSCRIBERS),
      [SSE]: () => measure("sse", stream, A_HANDFUL),
      [SECOND_SSE]: () => measure("sse", stream, SUBSCRIBERS),
    };
  },
};

/**
 * Bytes by which a fresh service, which has served nobody but those already there, grows with 1,000 more.
 * After other work they would find room in a heap that has grown already, and seem to cost less than they do.
 * @param {import("../server.mjs").Server} service
 * @param {{ kind: string, path: string, port: number }} options
 * @param {number} alreadyThere
 */
async function growth(service, options, alreadyThere) {
  const first = await subscribers({ ...options, subscribers: alreadyThere });
  await service.settle();
  const before = await service.residentBytes();
  const rest = await subscribers({ ...options, subscribers: SUBSCRIBERS });
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
