import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect } from "vitest";
import {
  startService,
  type ServiceProcess,
} from "../../../container-hook-agent/test/support/service-process.js";
import { Installed } from "./installed.js";
import { expectWhole } from "./parts.js";
import { startProgram, type Program } from "./program.js";
import { readSession, type RecordedSession } from "./session.js";

export type Command = readonly [string, ...string[]];

export interface Graphs {
  readonly folder: () => string;
  readonly cli: () => string;
  /** Starts a program that records into a session of that name. */
  readonly start: (sessionId: string, command: Command, env?: NodeJS.ProcessEnv) => Program;
  /** Runs one that is well, and answers what it has written. */
  readonly run: (sessionId: string, ...command: Command) => Promise<string>;
  /** A session of which nothing is missing. */
  readonly read: (sessionId: string) => Promise<RecordedSession>;
}

/** The real service, and programs of `graphs/` where the package is installed, for all tests of a file. */
export function useGraphs(): Graphs {
  let installed: Installed;
  let service: ServiceProcess;
  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "graphs-data-"));
    installed = new Installed();
    service = await startService(dataDir);
    return async () => {
      await service.end("SIGTERM");
      installed.remove();
      rmSync(dataDir, { recursive: true });
    };
  }, 60_000);
  const spool = (): string => join(installed.folder, "spool");
  const start: Graphs["start"] = (sessionId, command, env) =>
    startProgram(installed.folder, command, {
      SESSION_SERVICE_URL: service.url,
      SESSION_ID: sessionId,
      SESSION_SPOOL_DIR: spool(),
      ...env,
    });
  const run: Graphs["run"] = async (sessionId, ...command) => {
    const { code, stdout, stderr } = await start(sessionId, command).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  };
  return {
    folder: () => installed.folder,
    cli: () => installed.cli,
    start,
    run,
    read: async (sessionId) => {
      // A program does not wait for a service that is slow to answer: the rest is on disk then.
      if (holdsFiles(spool())) await run("send", installed.cli, "send", "--wait", "60");
      const session = await readSession(service.url, sessionId);
      expectWhole(session);
      return session;
    },
  };
}

function holdsFiles(folder: string): boolean {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  return entries.some((entry) => entry.isFile());
}
