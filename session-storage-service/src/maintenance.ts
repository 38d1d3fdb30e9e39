import fs from "node:fs";
import type { Logger } from "pino";
import type { CleanupRequest, CleanupResult, Metadata } from "session-protocol";
import type { Config } from "./config.js";
import { realFileSystem } from "./journal/file-system.js";
import { skipOffsets } from "./journal/open.js";
import { repairSegments } from "./journal/repair.js";
import { lockFolder } from "./lock.js";
import { Layout } from "./projection/layout.js";
import { Recent } from "./projection/recent.js";
import { openIndex, withLevel } from "./storage-parts.js";
import { Storage } from "./storage.js";

/** Sessions that `recent/` and index.json are made from. */
const LISTED = 1_000;

/** Runs `work` as the one owner of the data folder. @throws FolderInUse */
async function owning<T>(config: Config, work: (layout: Layout) => Promise<T>): Promise<T> {
  fs.mkdirSync(config.DATA_DIR, { recursive: true });
  const lock = await lockFolder(config.DATA_DIR, (error) => {
    throw error;
  });
  try {
    return await work(new Layout(config.DATA_DIR));
  } finally {
    await lock.release();
  }
}

/** Takes damage out of the journal; the bytes are set aside and the loss is reported. */
export async function repair(config: Config, log: Logger): Promise<void> {
  await owning(config, (layout) => {
    const losses = repairSegments(realFileSystem, layout.journal);
    for (const loss of losses) log.warn(loss, "journal damage set aside");
    log.info({ damages: losses.length }, "journal repaired");
    return Promise.resolve();
  });
}

/**
 * Builds index.db, `recent/` and index.json anew from the session files of a stopped service. Folders copied
 * in by hand keep the offsets they have; new events get greater ones.
 */
export async function reindex(config: Config, log: Logger): Promise<void> {
  await owning(config, async (layout) => {
    const index = await openIndex(layout, log);
    const { sessions, maxOffset } = await index.rebuild();
    await index.durable();
    const newest = await index.recent(LISTED);
    await index.close();
    const recent = new Recent({ dataDir: layout.dataDir, log: withLevel(log) });
    recent.load();
    recent.rebuild(newest.map((text) => JSON.parse(text) as Metadata));
    recent.close();
    await skipOffsets(realFileSystem, layout.journal, maxOffset);
    log.info({ sessions, maxOffset }, "index rebuilt");
  });
}

const UNCOUNTED = {
  commit: ignore,
  stored: ignore,
  tornBytes: ignore,
  redacted: ignore,
  cleaned: ignore,
};

function ignore(): void {
  return;
}

/** Throws away what has outlived its time, of a stopped service. */
export async function cleanup(config: Config, log: Logger, request: CleanupRequest): Promise<CleanupResult> {
  return owning(config, async () => {
    const storage = await Storage.open({ config, log, clock: Date, random: Math.random, metrics: UNCOUNTED });
    try {
      return await storage.cleanup(request);
    } finally {
      await storage.close();
    }
  });
}
