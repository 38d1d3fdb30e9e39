import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished } from "vitest";
import {
  ClaudeSessionStore,
  type ClaudeSessionStoreOptions,
  type FoldSessionSummary,
  type SessionKey,
  type SessionStoreEntry,
} from "../../src/claude-session-store/index.js";
import { startFaultProxy, type FaultProxy } from "../contract/fault-proxy.js";
import { freePort } from "./free-port.js";
import { startService, type ServiceProcess } from "./service-process.js";

export interface RealService {
  readonly url: () => string;
  /** Ends it, and starts it again at the same address. */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  begin(): Promise<void>;
}

/** The built service for all tests of a file. */
export function useService(): RealService {
  let dataDir: string;
  let service: ServiceProcess;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "session-store-"));
    service = await startService(dataDir, await freePort());
    return async () => {
      await service.end("SIGTERM");
      rmSync(dataDir, { recursive: true });
    };
  });
  const real: RealService = {
    url: () => service.url,
    end: (signal) => service.end(signal),
    begin: async () => {
      service = await startService(dataDir, service.port);
    },
    restart: async (signal) => {
      await real.end(signal);
      await real.begin();
    },
  };
  return real;
}

/** A store that backs off for no time and is closed when the test ends. */
export function storeAt(serviceUrl: string, options: ClaudeSessionStoreOptions = {}): ClaudeSessionStore {
  const store = new ClaudeSessionStore({
    serviceUrl,
    random: () => 0.05,
    foldSessionSummary: titles,
    ...options,
  });
  onTestFinished(() => void store.close(0));
  return store;
}

/** A proxy before the service that is closed when the test ends. */
export async function proxyTo(target: () => string): Promise<FaultProxy> {
  const proxy = await startFaultProxy(target);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Stands for the SDK's function: the last title, and the numbers of all entries, which show what it was given. */
export const titles: FoldSessionSummary = (previous, { sessionId }, entries) => {
  const data = { numbers: [], ...previous?.data } as { numbers: unknown[]; customTitle?: unknown };
  for (const { customTitle, n } of entries) {
    if (customTitle !== undefined) data.customTitle = customTitle;
    if (n !== undefined) data.numbers = [...data.numbers, n];
  }
  return { sessionId, mtime: 0, data };
};

/** Appends as a caller does who calls again when he was told that it is not stored yet. */
export async function untilStored(
  store: ClaudeSessionStore,
  key: SessionKey,
  entries: SessionStoreEntry[],
): Promise<void> {
  const outcome = () => store.append(key, entries).catch((error: unknown) => error);
  await expect.poll(outcome).toBeUndefined();
}
