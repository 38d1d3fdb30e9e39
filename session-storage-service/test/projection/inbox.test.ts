import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { InvalidRequest, RecorderError, StorageFull, StorageUnavailable } from "../../src/domain/errors.js";
import { Inbox, type InboxLine } from "../../src/projection/inbox.js";

const SETTLE_MS = 50;
const MAX_LINE_BYTES = 1_000;

let folder: string;
let inbox: Inbox | undefined;
let stored: InboxLine[];
let refuse: (line: InboxLine) => Error | undefined;

beforeEach(() => {
  folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "inbox-")), "inbox");
  fs.mkdirSync(folder);
  stored = [];
  refuse = () => undefined;
});
afterEach(async () => {
  await inbox?.close();
  fs.rmSync(path.dirname(folder), { recursive: true });
});

async function start(settleMs = SETTLE_MS): Promise<void> {
  inbox = new Inbox({
    folder,
    maxLineBytes: MAX_LINE_BYTES,
    settleMs,
    ingest: async (line) => {
      await Promise.resolve();
      const error = refuse(line);
      if (error !== undefined) throw error;
      stored.push(line);
    },
    problemOf: (error) => ({ body: JSON.stringify({ code: codeOf(error), detail: String(error) }) }),
    log: () => undefined,
  });
  await inbox.start();
}

function codeOf(error: unknown): string {
  if (error instanceof RecorderError) return error.code;
  return error instanceof z.ZodError ? "invalid_request" : "internal";
}

/** Puts a finished file in place, as `mv` does. */
function drop(name: string, ...lines: (object | string | Buffer)[]): string {
  const bytes = lines.map((line) =>
    line instanceof Buffer ? line : Buffer.from(typeof line === "string" ? line : JSON.stringify(line)),
  );
  const file = path.join(folder, name);
  fs.writeFileSync(`${folder}.tmp`, Buffer.concat(bytes.flatMap((line) => [line, Buffer.from("\n")])));
  fs.renameSync(`${folder}.tmp`, file);
  return file;
}

const action = (text: string, id?: string): object => ({
  type: "action",
  ...(id === undefined ? {} : { id }),
  data: { type: "note", text },
});
const line = (sessionId: string, ...events: object[]): object => ({ sessionId, events });
const gone = (file: string): Promise<void> => expect.poll(() => fs.existsSync(file)).toBe(false);
const rejected = (): string[] =>
  fs.existsSync(path.join(folder, "rejected")) ? fs.readdirSync(path.join(folder, "rejected")).sort() : [];
const reject = (name: string): string => fs.readFileSync(path.join(folder, "rejected", name), "utf8");

describe("a dropped file", () => {
  it("is ingested line by line and removed", async () => {
    await start();
    const file = drop(
      "a.jsonl",
      { ...line("s1", action("one", "e1")), userId: "ben" },
      "",
      line("s2", action("two", "e2"), action("three", "e3")),
    );
    await gone(file);
    expect(stored).toEqual([
      { sessionId: "s1", userId: "ben", events: [action("one", "e1")] },
      { sessionId: "s2", userId: undefined, events: [action("two", "e2"), action("three", "e3")] },
    ]);
    expect(rejected()).toEqual([]);
  });

  it("is ingested when it was there before the start, and without a newline at its end", async () => {
    const file = path.join(folder, "early.jsonl");
    fs.writeFileSync(file, JSON.stringify(line("s1", action("one", "e1"))));
    await start();
    await gone(file);
    expect(stored).toHaveLength(1);
  });

  it("is left alone until it is written to its end", async () => {
    // Much longer than a letter takes, on a slow machine too.
    await start(2_000);
    const file = path.join(folder, "slow.jsonl");
    const text = `${JSON.stringify(line("s1", action("one", "e1")))}\n`;
    for (const letter of text) {
      fs.appendFileSync(file, letter);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await gone(file);
    expect(stored).toHaveLength(1);
    expect(rejected()).toEqual([]);
  });

  it("is none unless its name says so", async () => {
    await start();
    drop("notes.txt", "x");
    drop(".hidden.jsonl", "x");
    fs.mkdirSync(path.join(folder, "folder.jsonl"));
    fs.symlinkSync("/etc/hostname", path.join(folder, "link.jsonl"));
    await gone(drop("real.jsonl", line("s1", action("one"))));
    expect(fs.readdirSync(folder).sort()).toEqual([
      ".hidden.jsonl",
      "folder.jsonl",
      "link.jsonl",
      "notes.txt",
    ]);
    expect(stored).toHaveLength(1);
  });

  it("may hold many lines across the pieces it is read in", async () => {
    const lines = Array.from({ length: 3_000 }, (_, number) =>
      line("s1", action(`${String(number)} ${"ü".repeat(90)}`)),
    );
    await start();
    await gone(drop("big.jsonl", ...lines));
    expect(
      stored.map(({ events }) => (events[0] as { data: { text: string } }).data.text.split(" ")[0]),
    ).toEqual(lines.map((_, number) => String(number)));
    expect(new Set(stored.map(({ events }) => (events[0] as { id: string }).id)).size).toBe(3_000);
  });
});

describe("events without an id", () => {
  const ids = (): string[] =>
    stored.flatMap(({ events }) => events.map((event) => (event as { id: string }).id));

  it("get the same one when the file is read again, and another in another place", async () => {
    const lines = [
      line("s1", action("same"), action("same")),
      line("s1", action("same"), action("other", "own")),
    ];
    await start();
    await gone(drop("a.jsonl", ...lines));
    const first = ids();
    expect(new Set(first).size).toBe(4);
    expect(first[3]).toBe("own");
    for (const id of first) expect(id.length).toBeLessThanOrEqual(128);
    stored = [];
    await gone(drop("again.jsonl", ...lines, line("s1", action("more"))));
    expect(ids().slice(0, 4)).toEqual(first);
  });

  it("are taken by the id in their data, as the batch route takes them", async () => {
    const entry = { type: "action", data: { type: "note", text: "one", id: "own-1" } };
    const file = drop("own.jsonl", line("s1", entry));
    await start();
    await gone(file);
    expect(stored.flatMap(({ events }) => events)).toEqual([entry]);
  });

  it("keep it when a crash comes in the middle of the file", async () => {
    const lines = Array.from({ length: 10 }, (_, number) => line("s1", action(String(number))));
    const file = drop("a.jsonl", ...lines);
    let crash: (() => void) | undefined;
    refuse = () => {
      if (stored.length < 5) return undefined;
      crash?.();
      return new StorageUnavailable("dead");
    };
    const crashed = new Promise<void>((resolve) => (crash = resolve));
    await start();
    await crashed;
    await inbox?.close();
    expect(fs.existsSync(file)).toBe(true);
    const before = ids();
    stored = [];
    refuse = () => undefined;
    await start();
    await gone(file);
    expect(stored).toHaveLength(10);
    expect(ids().slice(0, 5)).toEqual(before);
    expect(rejected()).toEqual([]);
  });
});

describe("a bad line", () => {
  const good = line("s1", action("good"));

  it.each([
    ["that is no JSON", "{not json", "invalid_request"],
    ["that is no object", "[1]", "invalid_request"],
    ["without a session", { events: [action("x")] }, "invalid_request"],
    ["with a path for a session", line("../etc", action("x")), "invalid_request"],
    ["without events", { sessionId: "s1", events: [] }, "invalid_request"],
    ["with a user that is no text", { ...good, userId: 7 }, "invalid_request"],
    ["that is not UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), "invalid_request"],
    ["that is too long", line("s1", action("x".repeat(MAX_LINE_BYTES))), "payload_too_large"],
  ])("%s is set aside with the reason, and the rest is ingested", async (_, bad, code) => {
    await start();
    const file = drop("mixed.jsonl", good, bad, good);
    await gone(file);
    expect(stored).toHaveLength(2);
    expect(rejected()).toEqual(["mixed.2.jsonl", "mixed.2.reason.json"]);
    const expected =
      bad instanceof Buffer ? bad : Buffer.from(typeof bad === "string" ? bad : JSON.stringify(bad));
    expect(fs.readFileSync(path.join(folder, "rejected", "mixed.2.jsonl")).equals(expected)).toBe(true);
    expect(JSON.parse(reject("mixed.2.reason.json"))).toMatchObject({ code });
  });

  it("may be one the recorder refuses, for whatever reason", async () => {
    refuse = ({ sessionId }) => {
      if (sessionId === "bad") return InvalidRequest.at("events.0.type", "is unknown");
      return sessionId === "broken" ? new Error("a bug") : undefined;
    };
    await start();
    await gone(drop("a.jsonl", line("bad", action("x")), good, line("broken", action("x"))));
    expect(stored).toHaveLength(1);
    expect(rejected()).toEqual(["a.1.jsonl", "a.1.reason.json", "a.3.jsonl", "a.3.reason.json"]);
    expect(JSON.parse(reject("a.3.reason.json"))).toMatchObject({ code: "internal" });
  });

  it("is kept once however often the file is read, and never replaced by another", async () => {
    await start();
    for (const bad of ["{one", "{one", "{two"]) await gone(drop("a.jsonl", bad));
    expect(rejected()).toEqual(["a.1.2.jsonl", "a.1.2.reason.json", "a.1.jsonl", "a.1.reason.json"]);
    expect([reject("a.1.jsonl"), reject("a.1.2.jsonl")]).toEqual(["{one", "{two"]);
  });
});

describe("storage that takes no writes", () => {
  it.each([
    new StorageUnavailable("no"),
    new StorageFull(),
    Object.assign(new Error("no space"), { code: "ENOSPC" }),
  ])("is waited for: %s", async (error) => {
    let refusals = 2;
    refuse = () => (refusals-- > 0 ? error : undefined);
    await start();
    const file = drop("a.jsonl", line("s1", action("one", "e1")), line("s1", action("two", "e2")));
    await gone(file);
    expect(stored.map(({ events }) => (events[0] as { id: string }).id)).toEqual(["e1", "e2"]);
    expect(rejected()).toEqual([]);
  });

  it("does not keep the inbox from closing", async () => {
    let tried: (() => void) | undefined;
    const trying = new Promise<void>((resolve) => (tried = resolve));
    refuse = () => {
      tried?.();
      return new StorageFull();
    };
    const file = drop("a.jsonl", line("s1", action("one")));
    await start();
    await trying;
    await inbox?.close();
    expect(fs.existsSync(file)).toBe(true);
    expect(rejected()).toEqual([]);
  });
});

it("closes between lines", async () => {
  const file = drop(
    "a.jsonl",
    ...Array.from({ length: 500 }, (_, number) => line("s1", action(String(number)))),
  );
  await start();
  await expect.poll(() => stored.length, { interval: 1 }).toBeGreaterThan(0);
  await inbox?.close();
  const count = stored.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(stored).toHaveLength(count);
  expect(fs.existsSync(file) || count === 500).toBe(true);
});
