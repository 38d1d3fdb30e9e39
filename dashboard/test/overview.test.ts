import type { Metadata } from "session-protocol";
import { describe, expect, it } from "vitest";
import { titleOfPage } from "../src/app/page-title.js";
import { COLUMNS, nextOrder, sorted } from "../src/overview/columns.js";
import { SessionList } from "../src/overview/session-list.js";
import {
  agoText,
  bytesText,
  costText,
  countText,
  durationText,
  localTime,
  visibleText,
} from "../src/ui/format.js";
import { told } from "./support/readings.js";

function session(sessionId: string, updated: number, more: Partial<Metadata> = {}): Metadata {
  const time = new Date(updated * 1_000).toISOString();
  const metrics = { agentsSpawned: 0, errors: 0 };
  const own = { sessionId, name: null, status: "active", created: time, updated: time, metrics };
  return {
    ...own,
    userId: "u",
    tokenUsage: { total: updated },
    costUsd: 0,
    durationMs: 0,
    ...more,
  } as Metadata;
}

/** The service, with as many sessions as it is given; keeps what it was asked. */
class Stored {
  readonly asked: Readonly<Record<string, unknown>>[] = [];
  fails = false;

  constructor(public all: Metadata[]) {}

  sessions(query: Readonly<Record<string, unknown>>) {
    this.asked.push(query);
    if (this.fails) return Promise.reject(new Error("away"));
    const from = Number(query.cursor ?? 0);
    const to = from + Number(query.limit);
    const byTime = [...this.all].sort((one, other) => (one.updated < other.updated ? 1 : -1));
    const nextCursor = to < byTime.length ? String(to) : null;
    return Promise.resolve({ sessions: byTime.slice(from, to), nextCursor, total: byTime.length });
  }

  state(sessionId: string) {
    return Promise.resolve({ currentStep: `step of ${sessionId}` });
  }
}

function listOf(stored: Stored, filters = {}) {
  let refresh: (() => void) | undefined;
  const timers = {
    set: (work: () => void) => {
      refresh = work;
      return 1;
    },
    clear: () => undefined,
  };
  const list = new SessionList(stored, filters, timers);
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  /** As long as it takes for what was put off to be done. */
  const elapse = async (): Promise<void> => {
    const work = refresh;
    refresh = undefined;
    work?.();
    await settled();
  };
  const tell = async (...ids: string[]): Promise<void> => {
    list.told(ids.map((sessionId, index) => ({ ...told(index + 1, "action"), sessionId })));
    await elapse();
  };
  return { list, tell, elapse, ids: () => list.snapshot().sessions.map(({ sessionId }) => sessionId) };
}

describe("the list of sessions", () => {
  it("has all pages, the first one short, and what open sessions are at", async () => {
    const stored = new Stored(Array.from({ length: 250 }, (_, index) => session(`s${index}`, index)));
    const { list, ids } = listOf(stored, { tag: "x" });
    await list.load();
    expect(stored.asked.map(({ tag, limit }) => [tag, limit])).toEqual([
      ["x", 100],
      ["x", 1_000],
    ]);
    expect([ids().length, ids()[0], list.snapshot().steps.get("s249")]).toEqual([
      250,
      "s249",
      "step of s249",
    ]);
  });

  it("takes what is told: new, changed and gone", async () => {
    const stored = new Stored([session("old", 1), session("gone", 2)]);
    const { list, tell, ids } = listOf(stored);
    await list.load();
    stored.all = [session("old", 1, { status: "failed" }), session("new", 3)];
    await tell("old", "gone", "new");
    expect(ids()).toEqual(["new", "old"]);
    expect(list.snapshot().sessions[1]?.status).toBe("failed");
  });

  it("lost sessions when more had changed than are on a page", async () => {
    const all = Array.from({ length: 1_500 }, (_, index) => session(`s${index}`, index));
    const stored = new Stored(all);
    const { list, tell, ids } = listOf(stored);
    await list.load();
    stored.all = all.slice(1);
    await tell(...all.map(({ sessionId }) => sessionId));
    expect(ids()).toHaveLength(1_499);
    expect(ids()).not.toContain("s0");
  });

  it("asked for pages by one time and for news by another, so that filters by time let others through", async () => {
    const stored = new Stored([session("s", 1)]);
    const { list, tell } = listOf(stored, { since: "2026-01-01" });
    await list.load();
    await tell("s");
    expect(new Set(stored.asked.map(({ order }) => order)).size).toBe(1);
  });

  it("says why there is no news, and asks for the same again", async () => {
    const stored = new Stored([session("s", 1)]);
    const { list, tell, ids } = listOf(stored);
    await list.load();
    stored.fails = true;
    await tell("s");
    expect(list.snapshot().error?.message).toBe("away");
    stored.fails = false;
    stored.all = [];
    await tell();
    expect([ids(), list.snapshot().error]).toEqual([[], undefined]);
  });

  it("stayed as it was when the service was away, until something else happened", async () => {
    const stored = new Stored([session("s", 1)]);
    const { list, elapse, ids } = listOf(stored);
    stored.fails = true;
    await list.load();
    expect(list.snapshot().error?.message).toBe("away");
    await elapse();
    stored.fails = false;
    await elapse();
    expect([ids(), list.snapshot().error]).toEqual([["s"], undefined]);
  });
});

describe("a first look at the sessions", () => {
  it("waited for where the feed begins", async () => {
    const stored = new Stored([session("s", 1)]);
    const { list, ids } = listOf(stored);
    await list.preview();
    expect([ids(), list.snapshot().isLoading]).toEqual([["s"], true]);
    // What was gone by the time that was known is no longer there.
    stored.all = [];
    await list.load();
    expect(ids()).toEqual([]);
  });

  it("is not taken once there is something newer", async () => {
    const stored = new Stored([session("s", 1)]);
    const { list, ids } = listOf(stored);
    const preview = list.preview();
    stored.all = [];
    await Promise.all([preview, list.load()]);
    await list.load();
    expect(ids()).toEqual([]);
  });
});

describe("columns", () => {
  const [one, two] = [session("b", 1, { name: "Alpha" }), session("c", 2)];

  it("sort by what they show, and leave the order where they are not asked", () => {
    expect(sorted([two, one], "name")).toEqual([one, two]);
    expect(sorted([one, two], "-tokens")).toEqual([two, one]);
    expect(sorted([one, two], "nothing")).toEqual([one, two]);
    expect(sorted([one, two], undefined)).toEqual([one, two]);
  });

  it.each([
    ["tokens", ["-tokens", "tokens", undefined]],
    ["name", ["name", "-name", undefined]],
    ["updated", ["-updated", "updated", undefined]],
  ])("%s is sorted first the way most often wanted", (key, orders) => {
    const column = COLUMNS.find((each) => each.key === key);
    if (column === undefined) throw new Error("no such column");
    const first = nextOrder(column, undefined);
    const second = nextOrder(column, first);
    expect([first, second, nextOrder(column, second)]).toEqual(orders);
  });
});

describe("figures in words", () => {
  it.each([
    [
      durationText,
      [
        0,
        "0 ms",
        999.4,
        "999 ms",
        4_230,
        "4.2 s",
        59_900,
        "60 s",
        185_000,
        "3 min 5 s",
        266_400_000,
        "3 d 2 h",
      ],
    ],
    [countText, [950, "950", 12_340, "12.3k", 999_950, "1M", 4_500_000, "4.5M", 2e9, "2G"]],
    [costText, [0, "$0", 0.00123, "$0.0012", 0.5, "$0.50", 1_234.5, "$1,235"]],
    [bytesText, [100, "100 B", 2_048, "2.0 KiB", 3 * 1_024 ** 2, "3.0 MiB"]],
  ] as const)("%o", (words, pairs) => {
    for (let index = 0; index < pairs.length; index += 2) {
      expect(words(pairs[index] as number)).toBe(pairs[index + 1]);
    }
  });

  it("tell how long ago something was", () => {
    const ago = (seconds: number) => agoText(0, seconds * 1_000);
    expect([0, 30, 90, 7_200, 200_000, 1e7].map(ago)).toEqual([
      "just now",
      "30 s ago",
      "1 min ago",
      "2 h ago",
      "2 d ago",
      "1970-01-01",
    ]);
  });

  it("have moments as fields for dates take them", () => {
    expect(new Date(localTime("2026-03-04T05:06:07.000Z")).toISOString()).toBe("2026-03-04T05:06:00.000Z");
    expect([localTime(""), localTime("soon")]).toEqual(["", ""]);
  });
});

it.each([
  ["plain\ttext\nü 田", "plain\ttext\nü 田"],
  ["\u202Eevil", "⟨U+202E⟩evil"],
  ["a\u200Bb\u0007", "a⟨U+200B⟩b⟨U+0007⟩"],
  ["\u3164\u00AD\u{E0041}", "⟨U+3164⟩⟨U+00AD⟩⟨U+E0041⟩"],
  ["\u2764\uFE0F", "\u2764\uFE0F"],
])("%j is shown so that nothing hides in it", (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

it.each([
  ["", 0, "Agent sessions"],
  ["Build", 0, "Build · Agent sessions"],
  ["Build", 3, "(3) Build · Agent sessions"],
])("the title of %j with %i failures is %j", (name, failures, title) => {
  expect(titleOfPage(name, failures)).toBe(title);
});
