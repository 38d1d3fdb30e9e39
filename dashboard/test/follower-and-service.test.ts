import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import {
  startService,
  type ServiceProcess,
} from "../../container-hook-agent/test/support/service-process.js";
import { temporaryFolder } from "../../container-hook-agent/test/support/folders.js";
import { Follower, type Socket, type Surroundings } from "../src/live/follower.js";

const node: Surroundings = {
  connect: (url) => new WebSocket(url) as unknown as Socket,
  random: () => 0,
  setTimer: (work, afterMs) => setTimeout(work, afterMs) as unknown as number,
  clearTimer: (timer) => {
    clearTimeout(timer);
  },
};

async function post(service: ServiceProcess, path: string, body: object): Promise<void> {
  const answer = await fetch(`${service.url}/api/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

it("tells every event once, in order, though the service is killed and started anew on the way", async () => {
  const folder = temporaryFolder();
  let service = await startService(folder);
  onTestFinished(() => service.end("SIGKILL"));
  await post(service, "sessions", { sessionId: "s", userId: "u", initial: {} });

  const seqs: number[] = [];
  let lastSeq = 1;
  const follower = new Follower(
    {
      address: new URL("/ws", service.url),
      sessionId: "s",
      after: 0,
      onEvents: (events) => seqs.push(...events.map(({ seq }) => seq)),
      onState: () => undefined,
    },
    node,
  );
  onTestFinished(() => {
    follower.close();
  });

  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 20; i += 1) {
      await post(service, "actions/s", { type: "note", i });
      lastSeq += 1;
    }
    await service.end("SIGKILL");
    service = await startService(folder, service.port);
  }
  await expect.poll(() => seqs.length, { timeout: 15_000 }).toBe(lastSeq);
  expect(seqs).toEqual(Array.from({ length: lastSeq }, (_, i) => i + 1));
}, 60_000);
