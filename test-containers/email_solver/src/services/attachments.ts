import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Attachment, KeptAttachment } from "../mail.js";

export class NotWhatItSays extends Error {
  constructor({ name, type }: Attachment) {
    super(`${name} is no ${type}`);
    this.name = "NotWhatItSays";
  }
}

/** How files of a type begin; of other types anything is believed. */
const BEGINNINGS: Readonly<Record<string, string>> = { "application/pdf": "%PDF-", "image/png": "\x89PNG" };

/** Keeps what came with letters, by what is in it: nobody chooses a name on this disk. */
export class Attachments {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** @throws NotWhatItSays */
  keep(attachment: Attachment): KeptAttachment {
    const { name, type, content } = attachment;
    const begins = Buffer.from(content.subarray(0, 5)).toString("latin1");
    if (!begins.startsWith(BEGINNINGS[type] ?? "")) throw new NotWhatItSays(attachment);
    const sha256 = createHash("sha256").update(content).digest("hex");
    const file = join("attachments", `${sha256.slice(0, 16)}${extname(name)}`);
    writeFileSync(join(this.folder, "..", file), content);
    return { name, type, bytes: content.length, sha256, file };
  }
}
