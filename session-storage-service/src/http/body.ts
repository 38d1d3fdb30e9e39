import type { IncomingMessage } from "node:http";
import { gunzip } from "node:zlib";
import { InvalidRequest } from "../domain/errors.js";
import { TooLarge, UnsupportedEncoding } from "./refusals.js";

/** Called once, with an error or with the whole body. */
export type BodyDone = (error: Error | null, bytes: Buffer) => void;

const NO_BYTES = Buffer.alloc(0);
/** What a refused sender may go on sending, so that it gets to read the refusal, before it is cut off. */
const PATIENCE_BYTES = 64 * 1_024 * 1_024;

/** The client went away before its body was complete: nobody is left to answer. */
export class BodyAborted extends Error {}

/** The request's body, unpacked. @throws TooLarge, InvalidRequest, UnsupportedEncoding, BodyAborted */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    collectBody(request, limitBytes, (error, bytes) => {
      if (error === null) resolve(bytes);
      else reject(error);
    });
  });
}

/** The same without a promise, for paths where one counts. */
export function collectBody(request: IncomingMessage, limitBytes: number, done: BodyDone): void {
  const encoding = request.headers["content-encoding"]?.toLowerCase();
  if (encoding === undefined || encoding === "identity") {
    collect(request, limitBytes, done);
  } else if (encoding === "gzip" || encoding === "x-gzip") {
    collect(request, limitBytes, (error, packed) => {
      if (error === null) unpack(packed, limitBytes, done);
      else done(error, NO_BYTES);
    });
  } else {
    discard(request);
    done(new UnsupportedEncoding(encoding), NO_BYTES);
  }
}

function collect(request: IncomingMessage, limitBytes: number, done: BodyDone): void {
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) {
    discard(request);
    done(new TooLarge("the body", limitBytes), NO_BYTES);
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > limitBytes) {
      stopListening();
      discard(request);
      done(new TooLarge("the body", limitBytes), NO_BYTES);
    }
  };
  const onEnd = (): void => {
    done(null, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
  };
  const onError = (error: Error): void => {
    done(new BodyAborted(error.message), NO_BYTES);
  };
  const stopListening = (): void => {
    request.off("data", onData).off("end", onEnd).off("error", onError);
  };
  request.on("data", onData).on("end", onEnd).on("error", onError);
}

/** Reads the rest of a refused body without keeping it. */
function discard(request: IncomingMessage): void {
  let left = PATIENCE_BYTES;
  request.on("error", () => undefined);
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
}

/** Never unpacks more than the limit, whatever the ratio. */
function unpack(packed: Buffer, limitBytes: number, done: BodyDone): void {
  if (packed.length === 0) {
    done(null, NO_BYTES);
    return;
  }
  gunzip(packed, { maxOutputLength: limitBytes }, (error, bytes) => {
    if (error === null) done(null, bytes);
    else done(refusalOf(error, limitBytes), NO_BYTES);
  });
}

function refusalOf(error: NodeJS.ErrnoException, limitBytes: number): Error {
  if (error.code === "ERR_BUFFER_TOO_LARGE") return new TooLarge("the unpacked body", limitBytes);
  return InvalidRequest.at("", "is not valid gzip");
}
