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

export interface Parts<Box> {
  readonly serviceUrl: () => string;
  /** A container that records into a session of that name. */
  readonly container: (sessionId: string, env?: NodeJS.ProcessEnv) => Box;
  readonly read: (sessionId: string) => Promise<RecordedSession>;
}

/** For all tests of a file: the real service, and the scripted model that Claude Code talks to. */
export const useParts = (): Parts<Workspace> => usePartsOf("claude-code", Workspace);

/** The same for another agent, in containers of its own. */
export function usePartsOf<Box>(
  script: string,
  Box: new (modelUrl: string, env: NodeJS.ProcessEnv) => Box,
): Parts<Box> {
  let service: ServiceProcess;
  let model: ModelApi;
  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "real-agent-data-"));
    [service, model] = await Promise.all([startService(dataDir), startModelApi(script)]);
    return async () => {
      model.close();
      await service.end("SIGTERM");
      rmSync(dataDir, { recursive: true });
    };
  });
  return {
    serviceUrl: () => service.url,
    container: (sessionId, env = {}) =>
      new Box(model.url, { SESSION_SERVICE_URL: service.url, SESSION_ID: sessionId, ...env }),
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
