import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { audit } from "./support/audit.js";
import { Crew } from "./support/crew.js";
import { defined } from "./support/defined.js";
import { Follower } from "./support/follower.js";
import { temporaryFolder } from "./support/folders.js";
import { ServiceProcess, startService, type RunningService } from "./support/service.js";
import { between } from "./support/waiting.js";

const KILLS = 100;
/** Services killed side by side, each with a folder of its own: one start takes one core. */
const LANES = 2;
/** The crew moves to new sessions now and then, so that each restart can check all there is in the current ones. */
const KILLS_PER_CREW = 10;
/** Small, so that kills fall into segment switches and checkpoints too. */
const env = { SEGMENT_BYTES: String(256 * 1024) };

it(`keeps every acknowledged event once and in order through ${KILLS} times kill -9`, async () => {
  const acknowledged = await Promise.all(Array.from({ length: LANES }, () => killThroughout(KILLS / LANES)));
  const total = acknowledged.reduce((sum, count) => sum + count);
  console.log(`${total} events were acknowledged over ${KILLS} kills`);
  expect(total).toBeGreaterThan(KILLS * 20);
}, 600_000);

/** Resolves with how many events were acknowledged, every one of which was found again. */
async function killThroughout(kills: number): Promise<number> {
  const dataDir = await temporaryFolder();
  const crews: Crew[] = [];
  const everything = new Follower();
  for (let first = 0; first < kills; first += KILLS_PER_CREW) {
    const crew = new Crew(`s${first}`);
    crews.push(crew);
    await killRepeatedly(dataDir, crew, everything);
  }
  const { process, client, url } = await startService({ dataDir, env });
  for (const crew of crews) expect(await audit(client, dataDir, crew.ledger)).toEqual([]);
  everything.connect(url);
  const sessions = crews.flatMap(({ ledger }) => ledger.sessions);
  expect(await everything.differences(client, sessions)).toEqual([]);
  await process.kill();
  return crews.reduce((sum, { ledger }) => sum + ledger.acknowledgedEvents, 0);
}

async function killRepeatedly(dataDir: string, crew: Crew, everything: Follower): Promise<void> {
  const one = defined(crew.ledger.sessions[0]);
  const follower = new Follower(one);
  for (let kill = 0; kill < KILLS_PER_CREW; kill += 1) {
    if (kill % 5 === 4) await killWhileStarting(dataDir);
    const service = await startService({ dataDir, env });
    if (kill === 0) await crew.openSessions(service.client);
    follower.connect(service.url);
    everything.connect(service.url);
    expect(await audit(service.client, dataDir, crew.ledger), `after kill ${kill}`).toEqual([]);
    expect(await crew.redeliver(service.client), `after kill ${kill}`).toEqual([]);
    expect(await follower.differences(service.client, [one]), `after kill ${kill}`).toEqual([]);
    await killWhileWriting(service, crew);
  }
}

async function killWhileWriting({ process, client }: RunningService, crew: Crew): Promise<void> {
  const writing = crew.write(client);
  await crew.acknowledges(20);
  await sleep(between(0, 150));
  await process.kill();
  await writing;
  await client.close();
}

async function killWhileStarting(dataDir: string): Promise<void> {
  const process = new ServiceProcess({ dataDir, env });
  await sleep(between(50, 600));
  await process.kill();
}
