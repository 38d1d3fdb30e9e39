import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ProducerReport } from "session-protocol";
import { StorageFull, StorageUnavailable } from "../../src/domain/errors.js";
import type { Command } from "../../src/domain/decide.js";
import { HotSession } from "../../src/domain/hot-session.js";
import type { Session } from "../../src/domain/session.js";
import type { Receipt } from "../../src/domain/submission.js";
import { action, command } from "../support/commands.js";
import { MemoryRecorder } from "../support/memory-recorder.js";

const CREATE = { data: { userId: "u1", initial: {} } };

/** A session that exists, and the journal it writes to. */
async function open() {
  const recorder = new MemoryRecorder();
  const hot = new HotSession("s1", recorder.parts, undefined);
  await hot.submit({ commands: [], create: CREATE });
  const submit = async (commands: Command[], producer?: ProducerReport): Promise<Receipt> => {
    const receipt = hot.submit({ commands, producer });
    if (receipt === undefined) throw new Error("an id has to be looked up");
    return await receipt;
  };
  return { recorder, hot, submit };
}

describe("readers", () => {
  it("see what is durable, while writers decide on what was accepted before them", async () => {
    const { hot, submit } = await open();
    const goal = submit([command("goal_added", { id: "g1", description: "d", status: "pending" })]);
    const update = submit([command("goal_updated", { goalId: "g1", status: "completed" })]);
    expect(hot.durable?.seq).toBe(1);
    expect((await goal).session.state.goals).toMatchObject([{ status: "pending" }]);
    expect((await update).session.state.goals).toMatchObject([{ status: "completed" }]);
    expect(hot.durable).toBe((await update).session);
  });

  it("are told of a commit before its writer is answered", async () => {
    const told: number[] = [];
    const recorder = new MemoryRecorder();
    const onStored = (session: Session) => void told.push(session.seq);
    const hot = new HotSession("s1", { ...recorder.parts, onStored }, undefined);
    const answered = hot.submit({ commands: [action()], create: CREATE })?.then(() => [...told]);
    expect(told).toEqual([]);
    expect(await answered).toEqual([2]);
  });
});

describe("who asked to be told at once", () => {
  it("is, with the offsets, before anything is done with what was stored, and once", async () => {
    const told: unknown[] = [];
    const recorder = new MemoryRecorder();
    const onStored = (session: Session) => void told.push(`seq ${String(session.seq)} published`);
    const hot = new HotSession("s1", { ...recorder.parts, onStored }, undefined);
    const onDurable = ({ events }: Receipt) => void told.push(events.map(({ offset }) => offset));
    await hot.submit({ commands: [action()], create: CREATE, onDurable });
    expect(told).toEqual([[1, 2], "seq 2 published"]);
  });

  it("is not where nothing was stored", async () => {
    const { hot, recorder } = await open();
    const told: number[] = [];
    const onDurable = ({ session }: Receipt) => void told.push(session.seq);
    recorder.journal.refusing = true;
    expect(() => hot.submit({ commands: [action()], onDurable })).toThrow(StorageUnavailable);
    await hot.submit({ commands: [], create: CREATE, onDurable });
    expect(told).toEqual([]);
  });
});

describe("an id that may be a repeat", () => {
  it("has to be looked up, unless it is known to be none", async () => {
    const { hot, submit } = await open();
    await submit([action("e1")]);
    expect(hot.submit({ commands: [action("e1")] })).toBeUndefined();
    const known = { found: new Map(), absent: new Map([["e1", 1]]) };
    expect(hot.submit({ commands: [action("e1")] }, known)).toBeInstanceOf(Promise);
    await turn();
  });

  it("has to be looked up again where another came that may be it", async () => {
    const { hot, submit } = await open();
    await submit([action("e1")]);
    expect(
      hot.submit({ commands: [action("e1")] }, { found: new Map(), absent: new Map([["e1", 0]]) }),
    ).toBeUndefined();
  });

  it("has to wait while it is on its way to the disk", async () => {
    const { hot, submit } = await open();
    const first = submit([action("e1")]);
    expect(hot.submit({ commands: [action("e1")] })).toBeUndefined();
    const candidates = hot.candidates("e1");
    expect([hot.pending, hot.durable?.seq]).toEqual([1, 1]);
    await first;
    expect([hot.pending, await candidates]).toEqual([0, [2]]);
  });
});

it("lets go of the ids of all that was accepted where a commit fails", async () => {
  const { hot, recorder, submit } = await open();
  recorder.commitsLeft = 0;
  const [first, second] = [submit([action("e1")]), submit([action("e2"), action("e3")])];
  const waiting = hot.candidates("e3");
  await expect(first).rejects.toThrow(StorageFull);
  await expect(second).rejects.toThrow(StorageFull);
  await expect(waiting).rejects.toThrow(StorageFull);
  recorder.commitsLeft = Infinity;
  expect((await submit([action("e2"), action("e1"), action("e3")])).outcomes).toMatchObject([
    { seq: 2, duplicate: false },
    { seq: 3, duplicate: false },
    { seq: 4, duplicate: false },
  ]);
});

it("is as it was where the journal does not take what was decided", async () => {
  const { hot, recorder, submit } = await open();
  recorder.journal.refusing = true;
  await expect(submit([action("e1")])).rejects.toThrow(StorageUnavailable);
  expect([hot.pending, await hot.candidates("e1"), hot.durable?.seq]).toEqual([0, [], 1]);
  recorder.journal.refusing = false;
  expect((await submit([action("e1")])).outcomes).toMatchObject([{ seq: 2, duplicate: false }]);
});

describe("a state", () => {
  const patch = (chars: number) => command("state_updated", { notes: "x".repeat(chars) });

  it("may grow to its limit, and no further", async () => {
    const { hot, submit } = await open();
    await submit([patch(9_000)]);
    await expect(submit([patch(11_000)])).rejects.toMatchObject({ code: "payload_too_large" });
    expect(hot.durable?.state.notes).toHaveLength(9_000);
  });

  it("is bounded over many small changes, goals among them", async () => {
    const { submit } = await open();
    const goal = command("goal_added", { description: "x".repeat(500) });
    let refused = 0;
    for (let count = 0; count < 40; count += 1) await submit([goal]).catch(() => (refused += 1));
    expect(refused).toBeGreaterThan(20);
    expect(refused).toBeLessThan(30);
  });

  it("may be replaced again and again by one of the same size", async () => {
    const { submit } = await open();
    for (let count = 0; count < 5; count += 1) await submit([patch(8_000)]);
    await expect(submit([patch(8_000)])).resolves.toMatchObject({ created: false });
  });

  it("that was refused names the command in a batch, of which nothing is stored", async () => {
    const { hot } = await open();
    const attempt = () => hot.submit({ commands: [action(), patch(11_000)], many: true });
    expect(attempt).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: "events.1" })] }) as Error,
    );
    expect(hot.durable?.seq).toBe(1);
  });
});

describe("a producer", () => {
  const report = (recorded: number, dropped = 0) => ({ id: "p", recorded, dropped });

  it("has its totals kept, with what became of its events here", async () => {
    const { submit } = await open();
    const { session } = await submit([action("e1"), action("e2"), action("e1")], report(3, 1));
    expect(session.producers).toEqual([{ id: "p", recorded: 3, dropped: 1, stored: 2, duplicates: 1 }]);
  });

  it("that reports less than before, as a late batch does, takes nothing back", async () => {
    const { submit } = await open();
    await submit([action()], report(9, 2));
    const { session } = await submit([action()], report(5, 1));
    expect(session.producers).toEqual([{ id: "p", recorded: 9, dropped: 2, stored: 2, duplicates: 0 }]);
  });

  it("does not miss an event that another has made needless", async () => {
    const { submit } = await open();
    const goal = command("goal_added", { id: "g1", description: "d" });
    await submit([goal]);
    const { session, outcomes } = await submit([goal], report(1));
    expect(outcomes).toMatchObject([{ seq: 2, duplicate: true }]);
    expect(session.producers).toMatchObject([{ recorded: 1, stored: 1, duplicates: 0 }]);
  });

  it("that only reports stores no event, but its totals", async () => {
    const { recorder, submit } = await open();
    const { events, session } = await submit([], report(4, 4));
    expect([events, session.seq]).toEqual([[], 1]);
    expect(recorder.journal.batches.at(-1)).toMatchObject({
      events: [],
      firstSeq: 2,
      producer: { recorded: 4 },
    });
  });
});

it("kept the events of its last batch in memory for as long as it was there itself", async () => {
  const { hot, submit, recorder } = await open();
  const events = new WeakRef((await submit([action("large")])).events);
  await turn();
  // The one place where they are to be kept.
  recorder.journal.batches.length = 0;
  collectGarbage();
  expect(events.deref()).toBeUndefined();
  expect(hot.durable?.seq).toBe(2);
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
