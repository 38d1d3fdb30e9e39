#!/usr/bin/env node
import { parseArgs } from "node:util";
import { pino, type Logger } from "pino";
import { CleanupRequest } from "session-protocol";
import { z } from "zod";
import { BadConfig, parseConfig, type Config } from "./config.js";
import { JournalCorrupt } from "./journal/errors.js";
import { FolderInUse } from "./lock.js";
import { isLoopback } from "./loopback.js";
import { cleanup, reindex, repair } from "./maintenance.js";
import { startService } from "./service.js";

/** Documented in docs/operations.md. */
const EXIT = {
  unexpected: 1,
  badConfig: 2,
  folderInUse: 3,
  journalCorrupt: 4,
  cannotListen: 5,
  lockLost: 6,
} as const;

const REPAIR = "; start with --repair to keep what is intact and set the damage aside";

function exitCodeOf(error: unknown): number {
  if (error instanceof BadConfig) return EXIT.badConfig;
  if (error instanceof FolderInUse) return EXIT.folderInUse;
  if (error instanceof JournalCorrupt) return EXIT.journalCorrupt;
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === "listen" || syscall === "getaddrinfo" ? EXIT.cannotListen : EXIT.unexpected;
}

async function serve(config: Config, log: Logger): Promise<void> {
  if (!isLoopback(config.HOST)) {
    log.warn(
      { host: config.HOST },
      "listening beyond loopback without access tokens: anyone who reaches the port may read and write",
    );
  }
  const service = await startService({
    config,
    log,
    onLockLost: (error) => {
      log.fatal({ err: error }, "another process took over the data folder");
      process.exit(EXIT.lockLost);
    },
  });
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "stopping");
    const overdue = setTimeout(() => process.exit(EXIT.unexpected), config.SHUTDOWN_SECONDS * 1_000);
    service.stop().then(
      () => {
        clearTimeout(overdue);
        log.info("stopped");
        process.exit(0);
      },
      (error: unknown) => {
        log.fatal({ err: error }, "could not stop cleanly; the next start recovers");
        process.exit(EXIT.unexpected);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  log.info({ port: service.port, host: service.host, dataDir: config.DATA_DIR }, "listening");
}

/** What has gone is all it writes to standard output; its log goes to standard error. */
async function cleanUp(config: Config, args: string[]): Promise<void> {
  const request = cleanupRequest(args);
  const log = pino({ level: config.LOG_LEVEL }, pino.destination({ fd: process.stderr.fd, sync: true }));
  console.log(JSON.stringify(await cleanup(config, log, request)));
}

function cleanupRequest(args: string[]): CleanupRequest {
  try {
    const options = { "dry-run": { type: "boolean" }, days: { type: "string" } } as const;
    const { values } = parseArgs({ args, options });
    return CleanupRequest.parse({ dryRun: values["dry-run"], days: values.days && Number(values.days) });
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new BadConfig([`cleanup takes --dry-run and --days N: ${why}`]);
  }
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  let log = pino();
  try {
    const config = parseConfig(process.env);
    log = pino({ level: config.LOG_LEVEL });
    if (command === "reindex") await reindex(config, log);
    else if (command === "cleanup") await cleanUp(config, rest);
    else if (command === undefined || command === "--repair") {
      if (command === "--repair") await repair(config, log);
      await serve(config, log);
    } else throw new BadConfig([`unknown argument ${command}; use --repair, reindex or cleanup`]);
  } catch (error) {
    // In one line: of two written in this moment the second may come first.
    log.fatal({ err: error }, (error as Error).message + (error instanceof JournalCorrupt ? REPAIR : ""));
    process.exitCode = exitCodeOf(error);
  }
}

await main();
