import { DurableStreamTestServer } from "@durable-streams/server";

const dataDir = /** @type {string} */ (process.argv[2]);
const server = new DurableStreamTestServer({ port: 0, host: "127.0.0.1", dataDir });
const { port } = new URL(await server.start());
process.stdout.write(`${JSON.stringify({ msg: "listening", port: Number(port) })}\n`);
process.once("SIGTERM", () => process.exit(0));
