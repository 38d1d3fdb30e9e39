/** The service refuses anything nested deeper than 64; what surrounds the value takes the rest. */
const MAX_DEPTH = 56;
/** The most values a copy of what `JSON.stringify` refused may hold: a cyclic graph can unfold without end. */
const MAX_COPIED = 10_000;

/**
 * The value as JSON, whatever it is: an `Error` keeps its name, message and stack, a BigInt becomes its
 * decimal text, and what JSON cannot say at all (a cycle, a getter that throws) a note in its place.
 */
export function encode(value: object): string {
  try {
    return JSON.stringify(value, replace);
  } catch {
    return JSON.stringify(readableCopy(value), replace);
  }
}

function replace(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Error ? describeError(value) : value;
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
    if (ArrayBuffer.isView(from)) return `[${from.byteLength} bytes]`;
    const source = from instanceof Error ? describeError(from) : from;
    const keys = Object.keys(source).slice(0, MAX_COPIED);
    const values = keys.map((key) => property(source, key, [...ancestors, from]));
    return Array.isArray(from) ? values : Object.fromEntries(keys.map((key, i) => [key, values[i]]));
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
