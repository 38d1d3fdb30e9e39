import { describe, expect, it } from "vitest";
import { encode } from "../src/encode.js";

const decoded = (value: object): unknown => JSON.parse(encode(value));

describe("encode", () => {
  it("says what JSON can say as JSON does", () => {
    const value = {
      text: "grüezi",
      none: null,
      list: [1, { deep: true }],
      at: new Date(0),
      nan: NaN,
      gone: undefined,
    };
    expect(encode(value)).toBe(JSON.stringify(value));
  });

  it("keeps what an error says, and none of what it carries", () => {
    const error = Object.assign(new TypeError("no such booking", { cause: new Error("timeout") }), {
      code: "E_BOOKING",
      request: { headers: { authorization: "secret" } },
    });
    expect(decoded({ error })).toEqual({
      error: {
        name: "TypeError",
        message: "no such booking",
        code: "E_BOOKING",
        stack: error.stack,
        cause: expect.objectContaining({ name: "Error", message: "timeout" }) as unknown,
      },
    });
  });

  it("writes a BigInt as its decimal text", () => {
    expect(decoded({ n: 12345678901234567890n })).toEqual({ n: "12345678901234567890" });
  });

  it("notes a cycle and keeps the rest", () => {
    const input: Record<string, unknown> = {
      path: "a.txt",
      size: 1n,
      bytes: new Uint8Array(3),
      at: new Date(0),
    };
    input.self = { input, list: [1, input] };
    expect(decoded({ tool: "read", input })).toEqual({
      tool: "read",
      input: {
        path: "a.txt",
        size: "1",
        bytes: "[3 bytes]",
        at: "1970-01-01T00:00:00.000Z",
        self: { input: "[circular]", list: [1, "[circular]"] },
      },
    });
  });

  it("notes an error that is its own cause", () => {
    const error = new Error("again");
    error.cause = error;
    expect(decoded({ error })).toMatchObject({ error: { message: "again", cause: "[circular]" } });
  });

  it("notes what throws when read and keeps the rest", () => {
    const input = {
      path: "a.txt",
      get size(): number {
        throw new Error("closed");
      },
      toJSON(): never {
        throw new Error("closed");
      },
    };
    expect(decoded({ input })).toEqual({ input: { path: "a.txt", size: "[unreadable]" } });
  });

  it("stops where a value nests without end", () => {
    const endless = (): object => ({
      get next() {
        return endless();
      },
    });
    expect(encode(endless())).toContain("[nested too deep]");
  });

  it("unfolds a cyclic graph only so far", () => {
    const nodes = Array.from({ length: 30 }, (): { links: unknown[] } => ({ links: [] }));
    for (const node of nodes) node.links.push(...nodes);
    expect(encode({ nodes }).length).toBeLessThan(1_000_000);
  });
});
