import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the ports the system gives out itself: nobody who connects or listens meanwhile comes by one of these. */
const FIRST = 16_384;
const BEYOND = 32_768;

/** A port of the loopback nothing listens on, until the test does. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, BEYOND);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
