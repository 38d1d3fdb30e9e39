import { InvalidRequest } from "../domain/errors.js";
import type { HitPosition, ListPosition } from "./index-messages.js";

type Order = "created" | "updated";

/** Opaque to clients; the order is part of it, since a position in one means nothing in the other. */
export function listCursor(order: Order, position: ListPosition): string {
  return encode([order, ...position]);
}

/** @throws InvalidRequest */
export function listPosition(order: Order, cursor: string | undefined): ListPosition | undefined {
  if (cursor === undefined) return undefined;
  const [named, time, offset, number] = decode(cursor);
  if (typeof time !== "string" || !isCount(offset) || !isCount(number)) throw unknownCursor();
  if (named !== order)
    throw InvalidRequest.at("cursor", `belongs to a list ordered otherwise than by ${order}`);
  return [time, offset, number];
}

export function hitCursor(position: HitPosition): string {
  return encode(position);
}

/** @throws InvalidRequest */
export function hitPosition(cursor: string | undefined): HitPosition | undefined {
  if (cursor === undefined) return undefined;
  const [number, seq, ...rest] = decode(cursor);
  if (!isCount(number) || !isCount(seq) || rest.length > 0) throw unknownCursor();
  return [number, seq];
}

function encode(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

function decode(cursor: string): unknown[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (Array.isArray(key)) return key as unknown[];
  } catch {
    throw unknownCursor();
  }
  throw unknownCursor();
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function unknownCursor(): InvalidRequest {
  return InvalidRequest.at("cursor", "is none this service has given");
}
