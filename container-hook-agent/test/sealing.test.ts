import { createHash } from "node:crypto";
import { createRedactor } from "session-protocol/redaction";
import { describe, expect, it } from "vitest";
import { encode } from "../src/encode.js";
import { eventLine } from "../src/event-line.js";
import { Outbox, type QueuedEvent } from "../src/outbox.js";
import { createSeal } from "../src/sealing.js";
import { agent, service } from "./support/agents.js";

const KEY = `AKIA${"Q2W3E4R5".repeat(2)}`;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function sealed(data: object, maxStringBytes = 1_000): { data: unknown; hits: string[]; event: QueuedEvent } {
  const hits: string[] = [];
  const seal = createSeal({
    redactor: createRedactor(),
    maxStringBytes,
    onRedacted: (kind) => hits.push(kind),
  });
  const line = eventLine("action", "1", encode(data));
  const event = seal({ line, bytes: Buffer.byteLength(line) + 1 });
  expect(event.bytes).toBe(Buffer.byteLength(event.line) + 1);
  return { data: (JSON.parse(event.line) as { data: unknown }).data, hits, event };
}

describe("an event that leaves the process", () => {
  it("has its credentials taken out, wherever they stand, and counted", () => {
    const { data, hits } = sealed({
      type: "bash_exec",
      input: { command: `aws --key ${KEY} s3 ls`, [KEY]: 1, list: ["x", { deep: `https://u:pw@host/` }] },
      headers: { Authorization: "opaque", accept: "*/*" },
      pem: "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBg\n-----END PRIVATE KEY-----",
    });
    expect(data).toEqual({
      type: "bash_exec",
      input: {
        command: "aws --key [redacted:aws-access-key] s3 ls",
        "[redacted:aws-access-key]": 1,
        list: ["x", { deep: "https://u:[redacted:url-password]@host/" }],
      },
      headers: { Authorization: "[redacted:authorization]", accept: "*/*" },
      pem: "[redacted:private-key]",
    });
    expect(hits.sort()).toEqual([
      "authorization",
      "aws-access-key",
      "aws-access-key",
      "private-key",
      "url-password",
    ]);
  });

  it("is left as it is where it holds none", () => {
    const { data, hits } = sealed({ type: "note", text: "nothing to see", __proto__: null });
    expect(data).toEqual({ type: "note", text: "nothing to see" });
    expect(hits).toEqual([]);
  });

  it.each([
    ["plain", "x".repeat(3_000), "x".repeat(1_000)],
    ["of three bytes a character", "€".repeat(1_000), "€".repeat(333)],
    ["of pairs of surrogates", "🪂".repeat(1_000), "🪂".repeat(250)],
  ])("has a long string cut, %s, with its length and its hash", (_, text, start) => {
    const { data } = sealed({ type: "note", text });
    const bytes = Buffer.byteLength(text);
    expect(data).toEqual({
      type: "note",
      text: `${start}[truncated: ${bytes} bytes, sha256 ${sha256(text)}]`,
    });
  });

  it("has no part of a credential left where it is cut", () => {
    const text = `${"x ".repeat(497)} ${KEY} and more ${"y".repeat(1_000)}`;
    const { data } = sealed({ type: "note", text });
    expect(JSON.stringify(data)).not.toContain("AKIA");
  });

  it("fits what the service takes, although each of its strings would", () => {
    const texts = Array.from({ length: 10 }, (_, i) => String(i).repeat(200_000));
    const { data, event } = sealed({ type: "note", texts }, 256 * 1024);
    expect(event.bytes).toBeLessThan(1024 * 1024);
    expect((data as { texts: string[] }).texts[9]).toContain(`sha256 ${sha256("9".repeat(200_000))}`);
  });
});

describe("events that leave the process together", () => {
  const events: QueuedEvent[] = [
    { type: "note", text: "nothing" },
    { type: "note", [KEY]: KEY, url: "https://u:pw@host/" },
    { type: "note", text: `a line\n${KEY}` },
    { type: "note", password: "hunter2", ["__proto__"]: KEY },
    { type: "note", text: "z".repeat(2_000), key: KEY },
  ].map((data, index) => {
    const line = eventLine("action", index === 1 ? KEY : String(index), encode(data));
    return { line, bytes: Buffer.byteLength(line) + 1 };
  });

  it("are as each would be, and so are the counts", () => {
    const hits: string[] = [];
    const seal = createSeal({
      redactor: createRedactor(),
      maxStringBytes: 1_000,
      onRedacted: (kind) => hits.push(kind),
    });
    const single = events.map((event) => seal(event));
    const singleHits = hits.splice(0).sort();
    expect(seal.together?.(events)).toEqual(single);
    expect(hits.sort()).toEqual(singleHits);
    expect(singleHits).toHaveLength(7);
    expect(single[1]?.line).toContain(`"id":"${KEY}"`);
  });

  it("are taken one by one where one of them cannot be made fit", () => {
    const seal = Object.assign(
      (event: QueuedEvent) => {
        if (event.line === "b") throw new Error("unfit");
        return event;
      },
      {
        together: () => {
          throw new Error("unfit");
        },
      },
    );
    const outbox = new Outbox({ maxEvents: 10, maxBytes: 1_000 }, seal);
    for (const line of "abc") outbox.push({ line, bytes: 10 });
    expect(outbox.batch(10, 1_000).map(({ line }) => line)).toEqual(["a", "c"]);
    expect(outbox.counts).toMatchObject({ pending: 2, dropped: 1 });
  });
});

describe("an agent", () => {
  it("sends and tells what was taken out, cut, or cannot be said in JSON", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url, outbox: { maxBytes: 2 * 1024 * 1024 } });
    const text = "long ".repeat(1024 * 1024);
    hook.logAction({
      type: "note",
      text,
      again: [text, KEY],
      bytes: Buffer.from("abc"),
      map: new Map([[1, 2n]]),
    });
    hook.logAction({ type: "note", set: new Set([new Uint8Array(3)]) });
    expect(await hook.flush()).toMatchObject({ sent: 2, redacted: 1, dropped: 0 });
    const marker = `[truncated: ${text.length} bytes, sha256 ${sha256(text)}]`;
    expect(stored[0]?.data).toMatchObject({
      text: expect.stringContaining(marker) as unknown,
      again: [expect.stringContaining(marker), "[redacted:aws-access-key]"],
      bytes: "[3 bytes]",
      map: [[1, "2"]],
    });
    expect(stored[1]?.data.set).toEqual(["[3 bytes]"]);
  });

  it("keeps to rules of its own, or to none", async () => {
    const { url, stored } = await service();
    const rule = { kind: "booking", pattern: "BK-[0-9]+", flags: "", hints: ["BK-"] } as const;
    const own = agent({ serviceUrl: url, redaction: { rules: [rule] } });
    const none = agent({ serviceUrl: url, redaction: false });
    const broken = agent({ serviceUrl: url, redaction: { rules: [{ ...rule, pattern: "(" }] } });
    for (const hook of [own, none, broken]) {
      hook.logAction({ type: "note", text: `BK-1 ${KEY}` });
      await hook.flush();
    }
    expect(stored.map(({ data }) => data.text)).toEqual([
      "[redacted:booking] [redacted:aws-access-key]",
      `BK-1 ${KEY}`,
      "BK-1 [redacted:aws-access-key]",
    ]);
    expect(broken.warnings).toEqual([expect.stringContaining("cannot be used")]);
  });
});
