import { isFromPath, storedProjectKey, type SessionOfProject, type TranscriptKey } from "./key.js";
import type { TranscriptClient } from "./transcript-client.js";

export interface PlacesOptions {
  /** Takes the place of every project key. */
  readonly projectKey?: string | undefined;
  /** Whether a session is looked for in other projects than the one that is named. */
  readonly acrossProjects: boolean;
}

const MAX_KNOWN = 1_000;

/**
 * Where transcripts are kept. Project keys that were made of a working directory are the same conversation's wherever
 * it goes on: it stays where it began, for those who look from another directory as well.
 */
export class Places {
  readonly #client: TranscriptClient;
  readonly #options: PlacesOptions;
  /** Project keys of sessions that are there, by what they were asked for as. */
  readonly #known = new Map<string, string>();

  constructor(client: TranscriptClient, options: PlacesOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The project's own key, as the service has it. */
  project(projectKey: string): string {
    return storedProjectKey(this.#options.projectKey ?? projectKey);
  }

  /** @throws Unanswered */
  async locate({ projectKey, sessionId, subpath }: TranscriptKey): Promise<TranscriptKey> {
    const own = this.project(projectKey);
    const name = nameOf({ projectKey: own, sessionId });
    const place = this.#known.get(name) ?? (await this.#find(own, sessionId));
    return { projectKey: place ?? own, sessionId, subpath };
  }

  /** A session was deleted: it may begin anew elsewhere. */
  forget({ projectKey, sessionId }: SessionOfProject): void {
    this.#known.delete(nameOf({ projectKey: this.project(projectKey), sessionId }));
  }

  /** Undefined: it is nowhere yet. */
  async #find(own: string, sessionId: string): Promise<string | undefined> {
    const { projectKey, acrossProjects } = this.#options;
    if (projectKey !== undefined || !acrossProjects || !isFromPath(own)) return own;
    const places = await this.#client.places(sessionId);
    const others = places.filter((place) => isFromPath(place.projectKey)).sort((a, b) => b.mtime - a.mtime);
    const isHere = places.some((place) => place.projectKey === own);
    const found = isHere ? own : others[0]?.projectKey;
    if (found !== undefined) this.#remember(nameOf({ projectKey: own, sessionId }), found);
    return found;
  }

  #remember(name: string, projectKey: string): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(name, projectKey);
  }
}

const nameOf = ({ projectKey, sessionId }: SessionOfProject): string => `${projectKey}/${sessionId}`;
