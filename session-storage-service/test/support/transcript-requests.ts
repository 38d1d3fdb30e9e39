import type { Response } from "supertest";
import type { TestService } from "./service.js";

let made = 0;

/** Requests to the transcript routes of one service. */
export function transcriptRequests({ http }: TestService) {
  const path = (projectKey: string, sessionId: string) => `/api/transcripts/${projectKey}/${sessionId}`;
  return {
    /** Names of a transcript that no other test uses. */
    newKey: (): readonly [string, string] => {
      made += 1;
      return ["-work-project", `t${String(made)}`];
    },
    append: (key: readonly [string, string], entries: readonly object[], more: object = {}) =>
      http.post(path(...key)).send({ entries, ...more }),
    load: (key: readonly [string, string], query = "") => http.get(path(...key) + query),
    remove: (key: readonly [string, string], query = "") => http.delete(path(...key) + query),
    subkeys: async (key: readonly [string, string]): Promise<unknown> =>
      ((await http.get(`${path(...key)}/subkeys`).expect(200)).body as { subkeys: unknown }).subkeys,
    list: async (projectKey: string): Promise<{ sessionId: string; mtime: number; summary?: unknown }[]> =>
      ((await http.get(`/api/transcripts/${projectKey}`).expect(200)).body as { sessions: [] }).sessions,
  };
}

export function entriesOf({ body }: Response): unknown {
  return (body as { entries: unknown }).entries;
}
