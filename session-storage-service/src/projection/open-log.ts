import fs from "node:fs";
import { promisify } from "node:util";

const read = promisify(fs.read);
const close = promisify(fs.close);

/**
 * A log that is being read. It is opened at once, so that a reader has the very file whose size it was told:
 * a log that is rewritten becomes another file.
 */
export class OpenLog {
  constructor(private readonly descriptor: number) {}

  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    return read(this.descriptor, buffer, offset, length, position);
  }

  close(): Promise<void> {
    return close(this.descriptor);
  }
}

/** The files of a session that was just deleted are gone, and with them what is to be read. */
export function openIfThere(file: string): OpenLog | undefined {
  try {
    return new OpenLog(fs.openSync(file, "r"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
