import fs from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import os from "node:os";
import path from "node:path";
import { pino } from "pino";
import supertest from "supertest";
import { parseConfig } from "../../src/config.js";
import { startService, type Service } from "../../src/service.js";

export type Http = ReturnType<typeof supertest>;

export interface TestService {
  readonly service: Service;
  readonly url: string;
  readonly dataDir: string;
  readonly http: Http;
  /** What it logged, a JSON line each. */
  readonly logged: readonly string[];
  /** Stops the service and removes its folder. */
  stop(): Promise<void>;
}

/** A service on a free port with a folder of its own. `settings` are environment variables. */
export async function startTestService(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "recorder-"));
  const logged: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void logged.push(line) });
  const config = parseConfig({ PORT: "0", DATA_DIR: dataDir, ...settings });
  const service = await startService({ config, log });
  const url = `http://127.0.0.1:${String(service.port)}`;
  return {
    service,
    url,
    dataDir,
    http: supertest(url),
    logged,
    stop: async () => {
      await service.stop();
      fs.rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

let created = 0;

/** A new session of user `u`; its id. */
export async function newSession({ http }: TestService, fields: object = {}): Promise<string> {
  created += 1;
  const sessionId = `s${String(created)}`;
  await http
    .post("/api/sessions")
    .send({ sessionId, userId: "u", initial: {}, ...fields })
    .expect(201);
  return sessionId;
}

/** How many events the session has. */
export async function eventCount({ http }: TestService, sessionId: string): Promise<number> {
  const answer = await http.get(`/api/sessions/${sessionId}/events?limit=1`).expect(200);
  return (answer.body as { lastSeq: number }).lastSeq;
}

/** Where the answer says the next page is. */
export function nextPage({ headers }: { readonly headers: IncomingHttpHeaders }): string | undefined {
  return /^<(.*)>; rel="next"$/.exec(String(headers.link))?.[1];
}
