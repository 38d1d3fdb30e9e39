type Lines = AsyncIterable<readonly string[]>;

/** A clipboard takes more, but nobody pastes it. */
const MAX_COPIED_CHARS = 10_000_000;

/**
 * The lines as one text.
 * @throws Error where that is too much for a clipboard
 */
export async function copyOf(lines: Lines): Promise<string> {
  const parts: string[] = [];
  let chars = 0;
  for await (const some of lines) {
    for (const line of some) chars += line.length + 1;
    if (chars > MAX_COPIED_CHARS) throw new Error("too much to copy: download it");
    parts.push(...some);
  }
  return parts.length === 0 ? "" : `${parts.join("\n")}\n`;
}

/** Characters that are held before they are handed to the browser, which keeps them outside the page's memory. */
const PIECE_CHARS = 1_000_000;

/** The lines as a file; `told` says how many there are so far. */
export async function fileOf(lines: Lines, told: (count: number) => void): Promise<Blob> {
  const pieces: Blob[] = [];
  let waiting: string[] = [];
  let chars = 0;
  let count = 0;
  const hand = (): void => {
    pieces.push(new Blob(waiting));
    waiting = [];
    chars = 0;
    told(count);
  };
  for await (const some of lines) {
    for (const line of some) {
      waiting.push(line, "\n");
      chars += line.length;
    }
    count += some.length;
    if (chars > PIECE_CHARS) hand();
  }
  hand();
  return new Blob(pieces, { type: "application/x-ndjson" });
}
