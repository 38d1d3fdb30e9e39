const LONG = 127;
const MEDIUM = 126;
const TEXT = 0x81;

/**
 * Finds the text frames in what a WebSocket server sends (RFC 6455: unmasked, whole messages), without
 * decoding them, so that counting costs less than sending.
 */
export class Frames {
  /** @type {Buffer} */
  #rest = Buffer.alloc(0);
  #onFrame;

  /** @param {(bytes: Buffer, start: number, end: number) => void} onFrame is given where the payload lies */
  constructor(onFrame) {
    this.#onFrame = onFrame;
  }

  /** @param {Buffer} chunk */
  take(chunk) {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + 2 <= bytes.length) {
      const start = at + headerLength(bytes, at);
      if (start > bytes.length) break;
      const end = start + payloadLength(bytes, at);
      if (end > bytes.length) break;
      if (bytes[at] === TEXT) this.#onFrame(bytes, start, end);
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} at
 */
function headerLength(bytes, at) {
  const length = bytes[at + 1];
  if (length === LONG) return 10;
  return length === MEDIUM ? 4 : 2;
}

/**
 * @param {Buffer} bytes
 * @param {number} at
 */
function payloadLength(bytes, at) {
  const length = /** @type {number} */ (bytes[at + 1]);
  if (length === LONG) return Number(bytes.readBigUInt64BE(at + 2));
  return length === MEDIUM ? bytes.readUInt16BE(at + 2) : length;
}
