import { once } from "node:events";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { audit } from "./support/audit.js";
import { Crew } from "./support/crew.js";
import { temporaryFolder } from "./support/folders.js";
import { startService } from "./support/service.js";

/** Clients that go on sending on kept-alive connections do not hold it up: it would cut them off after half of this. */
const env = { SHUTDOWN_SECONDS: "120" };
const SHUTDOWN_MS = 30_000;

it("ends soon after SIGTERM under load, with nothing acknowledged lost", async () => {
  const dataDir = await temporaryFolder();
  const { process, client, url } = await startService({ dataDir, env });
  const crew = new Crew("s");
  await crew.openSessions(client);
  const sockets = await Promise.all(Array.from({ length: 20 }, () => connect(url)));
  const closes = sockets.map((socket) => once(socket, "close") as Promise<[number]>);
  const stream = await fetch(`${url}/api/stream`);
  const streamed = stream.text().catch(() => "cut");

  const writing = crew.write(client);
  await crew.acknowledges(500);
  const from = performance.now();
  process.signal("SIGTERM");
  expect(await process.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - from).toBeLessThan(SHUTDOWN_MS);
  expect((await Promise.all(closes)).map(([code]) => code)).toEqual(sockets.map(() => 1001));
  expect(await streamed, "the event stream was ended, not cut").not.toBe("cut");
  await writing;

  const again = await startService({ dataDir });
  expect(await audit(again.client, dataDir, crew.ledger)).toEqual([]);
});

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  await once(socket, "open");
  return socket;
}
