import { crc32 } from "node:zlib";

const SPACE = 0x20;
const LF = 0x0a;
const CRC_DIGITS = 8;
/** What stands around a line's JSON: its checksum, a blank and a newline. */
const FRAME_BYTES = CRC_DIGITS + 2;
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
/** Only what a commit fills of it takes memory. */
const ROOM_BYTES = 4 * 1_048_576;
const HEX = Buffer.from("0123456789abcdef");

/** Turns the JSON of lines into a segment's bytes, encoding each text once. */
export class LineEncoder {
  /** Used again by every group that fits: a commit is written before the next is encoded. */
  #room: Buffer | undefined;

  /** The bytes are valid until the next call. */
  encode(jsons: readonly string[]): Buffer {
    let size = 0;
    for (const json of jsons) size += json.length * MAX_BYTES_PER_UNIT + FRAME_BYTES;
    const room = size > ROOM_BYTES ? Buffer.allocUnsafe(exactBytes(jsons)) : this.#sharedRoom();
    let end = 0;
    for (const json of jsons) end = writeLine(room, end, json);
    return room.subarray(0, end);
  }

  #sharedRoom(): Buffer {
    this.#room ??= Buffer.allocUnsafe(ROOM_BYTES);
    return this.#room;
  }
}

function exactBytes(jsons: readonly string[]): number {
  return jsons.reduce((sum, json) => sum + Buffer.byteLength(json) + FRAME_BYTES, 0);
}

/** Returns where the line ends. */
function writeLine(room: Buffer, start: number, json: string): number {
  const bodyAt = start + CRC_DIGITS + 1;
  const end = bodyAt + room.write(json, bodyAt);
  const crc = crc32(room.subarray(bodyAt, end));
  for (let digit = 0; digit < CRC_DIGITS; digit += 1) {
    room[start + digit] = HEX[(crc >>> (4 * (CRC_DIGITS - 1 - digit))) & 0xf] as number;
  }
  room[bodyAt - 1] = SPACE;
  room[end] = LF;
  return end + 1;
}
