import fs from "node:fs";
import path from "node:path";

const RANKED = /^\d\d-(.+)$/;

/** The folder `recent/`: links `01-<id>`, `02-<id>` … to session folders. */
export class RecentLinks {
  readonly #folder: string;
  #names = new Set<string>();

  constructor(private readonly dataDir: string) {
    this.#folder = path.join(dataDir, "recent");
  }

  /** Makes the folder and looks at what is in it; links to nothing go. */
  load(): void {
    fs.mkdirSync(this.#folder, { recursive: true });
    this.#names = new Set(fs.readdirSync(this.#folder).filter((name) => RANKED.test(name)));
    for (const name of this.#names) if (!this.exists(idIn(name))) this.#unlink(name);
  }

  /** Whether the session's folder is there, so that a link to it would not dangle. */
  exists(sessionId: string): boolean {
    return fs.existsSync(path.join(this.dataDir, "sessions", sessionId));
  }

  /** New links are made before old ones go: nothing that stays is missing in between. */
  show(sessionIds: readonly string[]): void {
    const wanted = new Map(
      sessionIds.map((id, index) => [`${String(index + 1).padStart(2, "0")}-${id}`, id]),
    );
    for (const [name, id] of wanted) if (!this.#names.has(name)) this.#link(name, id);
    for (const name of this.#names) if (!wanted.has(name)) this.#unlink(name);
  }

  remove(sessionId: string): void {
    for (const name of this.#names) if (idIn(name) === sessionId) this.#unlink(name);
  }

  #link(name: string, sessionId: string): void {
    try {
      fs.symlinkSync(path.join("..", "sessions", sessionId), path.join(this.#folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    this.#names.add(name);
  }

  #unlink(name: string): void {
    fs.rmSync(path.join(this.#folder, name), { force: true });
    this.#names.delete(name);
  }
}

function idIn(name: string): string {
  return RANKED.exec(name)?.[1] ?? "";
}
