import { beforeAll } from "vitest";
import type { ClaudeSessionStore } from "../../src/claude-session-store/index.js";
import { sessionStoreContract } from "../support/session-store-contract.js";
import { titles, useService } from "../support/stores.js";

const service = useService();
let store: ClaudeSessionStore;
beforeAll(async () => {
  const { ClaudeSessionStore: Store } = await import("../../src/claude-session-store/index.js");
  store = new Store({ serviceUrl: service.url(), foldSessionSummary: titles });
  return async () => {
    await store.close();
  };
});

sessionStoreContract(() => store);
