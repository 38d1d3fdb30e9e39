import { once } from "node:events";
import { get } from "node:http";
import { subscribe } from "./subscriber.mjs";

/**
 * Opens subscriptions, says when all of them stand, and holds them until its input ends.
 * @type {{port: number, path: string, kind: "ws" | "sse", subscribers: number}}
 */
const { port, path, kind, subscribers } = JSON.parse(/** @type {string} */ (process.argv[2]));
const OPENED_AT_ONCE = 50;

async function openStream() {
  const request = get({
    host: "127.0.0.1",
    port,
    path,
    agent: false,
    headers: { accept: "text/event-stream" },
  });
  const [response] = await once(request, "response");
  if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`);
  response.resume();
}

/** @type {() => Promise<unknown>} */
const open = kind === "ws" ? () => subscribe(port, path, () => {}) : openStream;
for (let opened = 0; opened < subscribers; opened += OPENED_AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(OPENED_AT_ONCE, subscribers - opened) }, open));
}
process.stdout.write(`${JSON.stringify({ msg: "subscribed", subscribers })}\n`);
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
