import type { LogSnapshot } from "./log-cursor.js";
import { openIfThere } from "./open-log.js";

const CHUNK_BYTES = 64 * 1_024;

/** The log's lines from the last to the first, as latin1 strings without their newline. */
export async function* linesFromEnd({ path, size, pending }: LogSnapshot): AsyncGenerator<string> {
  const handle = size === 0 ? undefined : openIfThere(path);
  try {
    yield* wholeLines(pending.toString("latin1")).reverse();
    if (handle === undefined) return;
    let carry = "";
    for (let end = size; end > 0;) {
      const start = Math.max(0, end - CHUNK_BYTES);
      const buffer = Buffer.allocUnsafe(end - start);
      await handle.read(buffer, 0, buffer.length, start);
      const lines = (buffer.toString("latin1") + carry).split("\n");
      carry = start === 0 ? "" : (lines.shift() ?? "");
      for (const line of lines.reverse()) if (line !== "") yield line;
      end = start;
    }
  } finally {
    await handle?.close();
  }
}

function wholeLines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
