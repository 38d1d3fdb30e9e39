/**
 * Listens on a free port of loopback and says so as the service does.
 * @param {import("node:http").Server} server
 */
export function announce(server) {
  server.listen(0, "127.0.0.1", () => {
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    process.stdout.write(`${JSON.stringify({ msg: "listening", port })}\n`);
  });
  process.once("SIGTERM", () => process.exit(0));
}
