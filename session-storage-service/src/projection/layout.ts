import path from "node:path";
import type { TranscriptKey } from "../domain/transcript-changes.js";
import type { LogKind } from "./log-line.js";
import { transcriptFile } from "./transcript-paths.js";

export const DOCUMENTS = ["metadata", "initial", "state", "final", "producers", "runs", "usage"] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

/** Where things are in the data folder. */
export class Layout {
  readonly sessions: string;
  readonly transcripts: string;
  readonly journal: string;
  readonly indexFile: string;
  /** One line per deleted session: its files are gone, but readers by offset still learn of it. */
  readonly deletions: string;
  /** When what has expired was last looked for. */
  readonly retention: string;
  /** There after a failed sync of session files, until they were written anew and synced. */
  readonly syncFailure: string;
  /** Sessions that went with their time, packed. */
  readonly archive: string;

  constructor(readonly dataDir: string) {
    this.sessions = path.join(dataDir, "sessions");
    this.transcripts = path.join(dataDir, "transcripts");
    this.journal = path.join(dataDir, "journal");
    this.indexFile = path.join(dataDir, "index.db");
    this.deletions = path.join(dataDir, "deleted.jsonl");
    this.retention = path.join(dataDir, "retention.json");
    this.syncFailure = path.join(dataDir, "sync-failed");
    this.archive = path.join(dataDir, "archive");
  }

  session(sessionId: string): string {
    return path.join(this.sessions, sessionId);
  }

  log(sessionId: string, kind: LogKind): string {
    return path.join(this.sessions, sessionId, `${kind}.jsonl`);
  }

  document(sessionId: string, name: DocumentName): string {
    return path.join(this.sessions, sessionId, `${name}.json`);
  }

  transcriptFolder({ projectKey, sessionId }: TranscriptKey): string {
    return path.join(this.transcripts, projectKey, sessionId);
  }

  transcript(key: TranscriptKey): string {
    return path.join(this.transcriptFolder(key), transcriptFile(key));
  }

  transcriptSummary(key: TranscriptKey): string {
    return path.join(this.transcriptFolder(key), "summary.json");
  }
}
