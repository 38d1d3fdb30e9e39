import fs from "node:fs";
import type { Logger } from "pino";
import type { Config } from "./config.js";
import { realFileSystem } from "./journal/file-system.js";
import { repairSegments } from "./journal/repair.js";
import { lockFolder } from "./lock.js";
import { IndexDb } from "./projection/index-db.js";
import { Layout } from "./projection/layout.js";

/** Runs `work` as the one owner of the data folder. @throws FolderInUse */
async function owning(config: Config, work: (layout: Layout) => Promise<void>): Promise<void> {
  fs.mkdirSync(config.DATA_DIR, { recursive: true });
  const lock = await lockFolder(config.DATA_DIR, (error) => {
    throw error;
  });
  try {
    await work(new Layout(config.DATA_DIR));
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

/** Builds index.db anew from the session files of a stopped service. */
export async function reindex(config: Config, log: Logger): Promise<void> {
  await owning(config, async (layout) => {
    const index = await IndexDb.open({
      file: layout.indexFile,
      sessionsFolder: layout.sessions,
      log: (level, fields, message) => log[level](fields, message),
    });
    const { sessions } = await index.rebuild();
    await index.durable();
    await index.close();
    log.info({ sessions }, "index rebuilt");
  });
}
