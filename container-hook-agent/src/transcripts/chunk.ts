/** One line of a transcript. */
export interface Entry {
  /** A JSON object's text. */
  readonly text: string;
  /** It has a `uuid`: the service stores it once, however often it comes. */
  readonly isUnique: boolean;
}

/** Entries of one request. */
export interface Chunk {
  readonly entries: readonly Entry[];
}

const MAX_ENTRIES = 1_000;
/** A tenth of what the service takes in a request, unless it is told otherwise. */
const MAX_CHUNK_CHARS = 1024 * 1024;

export function entryOf(text: string): Entry {
  const { uuid } = JSON.parse(text) as { uuid?: unknown };
  return { text, isUnique: typeof uuid === "string" };
}

/** As few requests as carry the entries in order; one that is larger than a request should be is alone in its own. */
export function chunksOf(entries: readonly Entry[]): Chunk[] {
  const chunks: { entries: Entry[] }[] = [];
  let chars = Infinity;
  for (const entry of entries) {
    chars += entry.text.length;
    const last = chunks.at(-1);
    if (last !== undefined && chars <= MAX_CHUNK_CHARS && last.entries.length < MAX_ENTRIES) {
      last.entries.push(entry);
    } else {
      chunks.push({ entries: [entry] });
      chars = entry.text.length;
    }
  }
  return chunks;
}

/** Two chunks in place of one that was refused without saying which entry is to blame. */
export function halvesOf({ entries }: Chunk): Chunk[] {
  const middle = Math.ceil(entries.length / 2);
  return [{ entries: entries.slice(0, middle) }, { entries: entries.slice(middle) }];
}

/** One text for all forms of the same JSON. */
export const canonical = (text: string): string => JSON.stringify(JSON.parse(text));

/**
 * Whether a request that appended `chunk` behind the first `after` entries was stored: it is there as a whole or not
 * at all, but for entries with a `uuid` that were there already.
 */
export async function isStored(
  { entries }: Chunk,
  after: number,
  stored: AsyncIterable<string>,
): Promise<boolean> {
  const left = entries.map(({ text, isUnique }) => ({ text: canonical(text), isUnique }));
  let index = 0;
  for await (const text of stored) {
    index += 1;
    if (index <= after) continue;
    const at = left.findIndex((entry) => entry.text === canonical(text));
    if (at === -1 || left.slice(0, at).some(({ isUnique }) => !isUnique)) break;
    left.splice(0, at + 1);
    if (left.length === 0) break;
  }
  return left.length < entries.length && left.every(({ isUnique }) => isUnique);
}
