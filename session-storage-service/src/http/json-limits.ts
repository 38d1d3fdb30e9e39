import type { JsonObject } from "session-protocol";
import { InvalidRequest } from "../domain/errors.js";
import { dotted } from "./problem.js";

export interface JsonLimits {
  /** Objects and arrays inside each other, the outermost included. */
  readonly nesting: number;
  /** Keys of all objects together. */
  readonly keys: number;
}

type Container = JsonObject | readonly unknown[];

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

/** Module state, so that the walk, which is synchronous and of every request, allocates nothing. */
let keysLeft = 0;

/**
 * Refuses JSON that nests too deep, has too many keys, or has a key `__proto__` (which would become the
 * prototype wherever the value is copied key by key).
 * @throws InvalidRequest naming the place
 */
export function refuseExcess(value: Container, limits: JsonLimits, path = ""): void {
  keysLeft = limits.keys;
  if (!fits(value, limits.nesting)) throw excess(value, limits, path);
}

function fits(value: Container, depthLeft: number): boolean {
  if (depthLeft === 0) return false;
  if (Array.isArray(value)) return elementsFit(value, depthLeft - 1);
  return membersFit(value as JsonObject, depthLeft - 1);
}

function membersFit(object: JsonObject, depthLeft: number): boolean {
  for (const key in object) {
    if (--keysLeft < 0 || key === "__proto__") return false;
    const member = object[key];
    if (isContainer(member) && !fits(member, depthLeft)) return false;
  }
  return true;
}

function elementsFit(elements: readonly unknown[], depthLeft: number): boolean {
  for (const element of elements) {
    if (isContainer(element) && !fits(element, depthLeft)) return false;
  }
  return true;
}

/** Walks again, this time keeping the path. Only ever for a request that is refused. */
function excess(value: Container, { nesting, keys }: JsonLimits, path: string): InvalidRequest {
  let seen = 0;
  const search = (container: Container, at: readonly string[]): InvalidRequest | undefined => {
    if (at.length >= nesting) return refusal(path, at, `is nested deeper than ${String(nesting)} levels`);
    for (const [key, member] of Object.entries(container)) {
      const here = [...at, key];
      if (key === "__proto__") return refusal(path, here, "is not allowed as a key");
      if (!Array.isArray(container) && ++seen > keys) {
        return refusal(path, at, `the body has more than ${String(keys)} keys`);
      }
      const found = isContainer(member) ? search(member, here) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(value, []) ?? InvalidRequest.at(path, "is not acceptable");
}

function refusal(prefix: string, at: readonly string[], message: string): InvalidRequest {
  return InvalidRequest.at(dotted(prefix, ...at), message);
}
