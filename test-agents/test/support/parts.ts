import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect } from "vitest";
import {
  startService,
  type ServiceProcess,
} from "../../../container-hook-agent/test/support/service-process.js";
import { Workspace } from "./claude.js";
import { startModelApi, type ModelApi } from "./model-api.js";
import { readSession, type RecordedSession } from "./session.js";

export interface Parts {
  readonly serviceUrl: () => string;
  /** A container that records into a session of that name. */
  readonly container: (sessionId: string, env?: NodeJS.ProcessEnv) => Workspace;
  readonly read: (sessionId: string) => Promise<RecordedSession>;
}

/** The real service and the scripted model, for all tests of a file. */
export function useParts(): Parts {
  let service: ServiceProcess;
  let model: ModelApi;
  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "real-agent-data-"));
    [service, model] = await Promise.all([startService(dataDir), startModelApi()]);
    return async () => {
      model.close();
      await service.end("SIGTERM");
      rmSync(dataDir, { recursive: true });
    };
  });
  return {
    serviceUrl: () => service.url,
    container: (sessionId, env = {}) =>
      new Workspace(model.url, { SESSION_SERVICE_URL: service.url, SESSION_ID: sessionId, ...env }),
    read: (sessionId) => readSession(service.url, sessionId),
  };
}

/** Nothing is missing, and nothing was dropped on the way. */
export function expectWhole({ verify }: RecordedSession): void {
  expect(verify).toMatchObject({ complete: true, missing: [] });
  for (const { recorded, stored, dropped } of verify.producers) {
    expect({ stored, dropped }).toEqual({ stored: recorded, dropped: 0 });
  }
}
