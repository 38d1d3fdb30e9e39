import type { FeedItem, Wrapping } from "../feed/group.js";

const FIN_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

function headerBytes(length: number): number {
  if (length < LENGTH_16) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Writes an unmasked text frame's header (RFC 6455, section 5.2) and returns where the payload begins. */
function writeHeader(target: Buffer, at: number, length: number): number {
  target[at] = FIN_TEXT;
  if (length < LENGTH_16) {
    target[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    target[at + 1] = LENGTH_16;
    return target.writeUInt16BE(length, at + 2);
  }
  target[at + 1] = LENGTH_64;
  return target.writeBigUInt64BE(BigInt(length), at + 2);
}

/** One text frame per event, one after the other, so that a group is one write to each socket. */
export const webSocketFrames: Wrapping = {
  bytes(items: readonly FeedItem[]): Buffer {
    const lengths = items.map(({ text, encoding }) =>
      encoding === "latin1" ? text.length : Buffer.byteLength(text),
    );
    const total = lengths.reduce((sum, length) => sum + headerBytes(length) + length, 0);
    const target = Buffer.allocUnsafe(total);
    let at = 0;
    for (const [index, { text, encoding }] of items.entries()) {
      at = writeHeader(target, at, lengths[index] ?? 0);
      at += target.write(text, at, encoding);
    }
    return target;
  },
};
