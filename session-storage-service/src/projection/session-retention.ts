import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { noSession } from "../domain/errors.js";
import {
  firstPages,
  isSessionExpired,
  type ExpiredSession,
  type Expiry,
  type ExpiryPage,
} from "../domain/retention.js";
import type { Session } from "../domain/session.js";
import type { Sessions } from "../domain/sessions.js";
import { packSession, type PackedSession } from "./archive.js";
import type { Layout } from "./layout.js";
import type { SessionFiles } from "./session-files.js";

export interface SessionRetentionParts {
  readonly layout: Layout;
  readonly sessions: Sessions;
  readonly files: Pick<SessionFiles, "writeOut">;
  readonly archives: boolean;
  expired(page: ExpiryPage): Promise<ExpiredSession[]>;
}

/**
 * Sessions whose time is over: which there are, and how one goes. Who is reading its logs has them open, and reads
 * them to their end.
 */
export class SessionRetention {
  constructor(private readonly parts: SessionRetentionParts) {}

  /** By the index, which may be a moment behind: `remove` looks again. */
  async *expired(expiry: Expiry): AsyncGenerator<ExpiredSession> {
    for (const first of firstPages(expiry)) {
      for (let page = first; ;) {
        const found = await this.parts.expired(page);
        yield* found;
        const last = found.at(-1);
        if (last === undefined) break;
        page = { ...page, after: last.place };
      }
    }
  }

  /** How many bytes its folder takes, or undefined where the session is not to go, or not now. */
  async size(sessionId: string, expiry: Expiry): Promise<number | undefined> {
    const session = await this.#session(sessionId);
    if (session === undefined || !isSessionExpired(session, expiry)) return undefined;
    this.parts.files.writeOut(sessionId);
    return folderBytes(this.parts.layout.session(sessionId));
  }

  /** As if by DELETE. False where it was left as it is, for the next pass. */
  async remove(sessionId: string, expiry: Expiry, signal: AbortSignal): Promise<boolean> {
    const { sessions } = this.parts;
    let packed: PackedSession | undefined;
    const prepare = async (session: Session): Promise<boolean> => {
      if (!isSessionExpired(session, expiry)) return false;
      packed = await this.#pack(session, signal);
      // In place before the deletion is stored: a crash between the two leaves both.
      await packed?.keep();
      return true;
    };
    let isGone = false;
    try {
      isGone = await sessions.deleteAsItIs(sessionId, prepare);
    } finally {
      // Where it is not known whether the deletion is stored, the session may be in the archive alone.
      if (!isGone && (await this.#session(sessionId)) !== undefined) await packed?.discard();
    }
    return isGone;
  }

  async #pack({ sessionId, updated }: Session, signal: AbortSignal): Promise<PackedSession | undefined> {
    const { archives, files, layout } = this.parts;
    if (!archives) return undefined;
    files.writeOut(sessionId);
    return packSession(layout, sessionId, { modified: new Date(updated), signal });
  }

  #session(sessionId: string): Promise<Session | undefined> {
    return this.parts.sessions.get(sessionId).catch(noSession);
  }
}

/** Bytes of all files in the folder; links are not followed. */
async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(({ parentPath, name }) => fileBytes(path.join(parentPath, name))),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Documents are replaced: the name one had while it was written is gone the next moment. */
async function fileBytes(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
