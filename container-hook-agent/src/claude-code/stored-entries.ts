import { canonical, type Entry } from "../transcripts/chunk.js";

/**
 * Which lines of a transcript are stored already. Lines with a `uuid` are known by it. Others may be equal: of those the
 * third is stored where the service has three.
 */
export class StoredEntries {
  readonly #uuids = new Set<string>();
  readonly #counts = new Map<string, number>();
  #metadata: string | undefined;

  static async read(stored: AsyncIterable<string>): Promise<StoredEntries> {
    const entries = new StoredEntries();
    for await (const text of stored) entries.#add(text);
    return entries;
  }

  /** To be asked of each line of the transcript once, in order. */
  has({ text, isUnique }: Entry): boolean {
    if (isUnique) return this.#uuids.has(uuidOf(text));
    const key = canonical(text);
    const left = this.#counts.get(key) ?? 0;
    if (left > 0) this.#counts.set(key, left - 1);
    return left > 0;
  }

  /** Who a sub-agent is, which Claude Code keeps in a file beside its transcript, is an entry here: the last one counts. */
  hasMetadata(text: string): boolean {
    return this.#metadata === canonical(text);
  }

  #add(text: string): void {
    const { uuid, type } = JSON.parse(text) as { uuid?: unknown; type?: unknown };
    if (typeof uuid === "string") this.#uuids.add(uuid);
    else this.#counts.set(canonical(text), (this.#counts.get(canonical(text)) ?? 0) + 1);
    if (type === "agent_metadata") this.#metadata = canonical(text);
  }
}

const uuidOf = (text: string): string => (JSON.parse(text) as { uuid: string }).uuid;
