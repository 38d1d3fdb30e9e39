/** The service refuses anything nested deeper than 64; what surrounds the value takes the rest. */
const MAX_DEPTH = 56;
/** The most values a copy of what `JSON.stringify` refused may hold: a cyclic graph can unfold without end. */
const MAX_COPIED = 10_000;
/** The most objects that are looked through before the value is taken for an odd one. */
const MAX_LOOKED_AT = 100_000;

/** Puts something short in place of a string that is too long to be encoded at once. */
export type Hold = (long: string) => string;

/**
 * The value as JSON, whatever it is: an `Error` keeps its name, message and stack, a BigInt becomes its
 * decimal text, bytes their number, and what JSON cannot say at all (a cycle, a getter that throws) a note in
 * its place. Strings of more than `longest` UTF-16 units go through `hold`.
 */
export function encode(value: object, longest = Infinity, hold: Hold = (long) => long): string {
  if (isPlain(value, longest)) return JSON.stringify(value);
  const replace = replacer(longest, hold);
  try {
    return JSON.stringify(value, replace);
  } catch {
    return JSON.stringify(readableCopy(value), replace);
  }
}

/** Whether `JSON.stringify` says all of it, and nothing in it is too long. Asking costs less than a replacer does. */
function isPlain(value: object, longest: number): boolean {
  let left = MAX_LOOKED_AT;

  const allPlain = (from: object, depth: number): boolean => {
    left -= 1;
    if (depth > MAX_DEPTH || left < 0) return false;
    if (Array.isArray(from)) return from.every((item) => plain(item, depth));
    const prototype: unknown = Object.getPrototypeOf(from);
    if (prototype !== Object.prototype && prototype !== null) return from instanceof Date;
    for (const key in from) {
      if (!plain((from as Record<string, unknown>)[key], depth)) return false;
    }
    return true;
  };
  const plain = (item: unknown, depth: number): boolean => {
    if (typeof item === "string") return item.length <= longest;
    if (typeof item === "object") return item === null || allPlain(item, depth + 1);
    return typeof item !== "bigint" && typeof item !== "function";
  };
  try {
    return allPlain(value, 0);
  } catch {
    return false;
  }
}

function replacer(longest: number, hold: Hold): (this: unknown, key: string, value: unknown) => unknown {
  return function replace(this: unknown, key: string, value: unknown): unknown {
    if (typeof value === "string") return value.length > longest ? hold(value) : value;
    if (typeof value === "bigint") return value.toString();
    if (typeof value !== "object" || value === null) return value;
    // A Buffer has been made an array of numbers by its own toJSON already.
    return describe((this as Record<string, unknown>)[key]) ?? describe(value) ?? value;
  };
}

/** What stands for a value that JSON would make nothing, or far too much, of. */
function describe(value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  if (value instanceof Set) return [...(value as Set<unknown>)];
  return undefined;
}

/** No other property: errors of HTTP clients carry whole requests, credentials included. */
function describeError(error: Error & { code?: unknown }): object {
  const { name, message, code, stack, cause } = error;
  return { name, message, code, stack, cause };
}

/** Slow, and taken only where the straight way failed. */
function readableCopy(value: object): unknown {
  let copied = 0;

  const copy = (from: unknown, ancestors: readonly object[]): unknown => {
    copied += 1;
    if (copied > MAX_COPIED) return "[left out]";
    if (typeof from === "function") return undefined;
    if (typeof from !== "object" || from === null) return from;
    if (ancestors.includes(from)) return "[circular]";
    if (ancestors.length >= MAX_DEPTH) return "[nested too deep]";
    if (from instanceof Date) return from.toJSON();
    const source = describe(from) ?? from;
    if (typeof source !== "object") return source;
    const keys = Object.keys(source).slice(0, MAX_COPIED);
    const values = keys.map((key) => property(source, key, [...ancestors, from]));
    return Array.isArray(source) ? values : Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  };
  const property = (source: object, key: string, ancestors: readonly object[]): unknown => {
    try {
      return copy((source as Record<string, unknown>)[key], ancestors);
    } catch {
      return "[unreadable]";
    }
  };
  return copy(value, []);
}
