import { pino } from "pino";
import { onTestFinished } from "vitest";
import { parseConfig } from "../../src/config.js";
import type { StoredEvent } from "../../src/domain/events.js";
import type { Clock } from "../../src/domain/ports.js";
import { parseLatin1 } from "../../src/projection/log-line.js";
import { Storage } from "../../src/storage.js";

/** The storage of a data folder, closed after the test. `settings` are environment variables. */
export async function openStorage(
  dataDir: string,
  settings: Readonly<Record<string, string>> = {},
  clock: Clock = Date,
): Promise<Storage> {
  const storage = await Storage.open({
    config: parseConfig({ DATA_DIR: dataDir, ...settings }),
    log: pino({ level: "silent" }),
    clock,
    random: Math.random,
    metrics: {
      commit: () => undefined,
      stored: () => undefined,
      tornBytes: () => undefined,
      redacted: () => undefined,
      cleaned: () => undefined,
    },
  });
  onTestFinished(() => storage.close());
  return storage;
}

/** A session's events as readers are given them. */
export async function eventsIn({ history }: Storage, sessionId: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const texts of history.events(sessionId, { after: 0 })) {
    events.push(...texts.map(({ text }) => parseLatin1(text) as unknown as StoredEvent));
  }
  return events;
}
