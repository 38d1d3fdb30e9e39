import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { Rounds, type RoundsOptions } from "../../src/projection/rounds.js";

function roundsOf(work: (item: string) => void, options: Partial<RoundsOptions<string>> = {}) {
  const errors: string[] = [];
  const rounds = new Rounds<string>({
    minPauseMs: 1,
    retryMs: 5,
    work,
    onError: (item, { message }) => errors.push(`${item}: ${message}`),
    ...options,
  });
  onTestFinished(() => {
    rounds.close();
  });
  return { rounds, errors };
}

describe("rounds", () => {
  it("work once on what was marked often, as soon as the turn is over", async () => {
    const done: string[] = [];
    const { rounds } = roundsOf((item) => done.push(item));
    for (const item of ["a", "b", "a"]) rounds.mark(item);
    expect(done).toEqual([]);
    await turn();
    await turn();
    expect(done).toEqual(["a", "b"]);
  });

  it("work again on what is marked after its turn", async () => {
    const done: string[] = [];
    const { rounds } = roundsOf((item) => done.push(item));
    for (let count = 1; count <= 3; count += 1) {
      rounds.mark("a");
      await expect.poll(() => done).toHaveLength(count);
    }
  });

  it("pause after a round, so that what is marked meanwhile shares the next", async () => {
    const done: string[] = [];
    const { rounds } = roundsOf((item) => done.push(item), { minPauseMs: 600_000 });
    rounds.mark("a");
    await expect.poll(() => done).toEqual(["a"]);
    for (let count = 0; count < 5; count += 1) rounds.mark("a");
    await turn();
    await turn();
    expect(done).toEqual(["a"]);
    await rounds.drain();
    expect(done).toEqual(["a", "a"]);
  });

  it("that are long come again later where the work may be late", async () => {
    const began: number[] = [];
    const work = () => {
      began.push(performance.now());
      while (performance.now() < (began.at(-1) as number) + 4);
    };
    const { rounds } = roundsOf(work, { patient: true });
    rounds.mark("a");
    await expect.poll(() => began).toHaveLength(1);
    rounds.mark("a");
    await expect.poll(() => began, { timeout: 20_000 }).toHaveLength(2);
    expect((began[1] as number) - (began[0] as number)).toBeGreaterThan(4 * 100);
  });

  it("give the event loop back between slices of much work", async () => {
    const done: string[] = [];
    const busy = (item: string) => {
      const until = performance.now() + 3;
      while (performance.now() < until);
      done.push(item);
    };
    const { rounds } = roundsOf(busy);
    for (let index = 0; index < 5; index += 1) rounds.mark(String(index));
    const seen: number[] = [];
    while (done.length < 5) {
      await turn();
      seen.push(done.length);
    }
    expect(seen).toEqual(expect.arrayContaining([1, 2, 3, 4]));
  });

  it("leave out what was unmarked", () => {
    const done: string[] = [];
    const { rounds } = roundsOf((item) => done.push(item));
    rounds.mark("a");
    rounds.mark("b");
    rounds.unmark("a");
    rounds.runAll();
    expect(done).toEqual(["b"]);
  });
});

describe("work that throws", () => {
  it("is told of, tried again, and holds nothing else up", async () => {
    const done: string[] = [];
    let broken = true;
    const { rounds, errors } = roundsOf((item) => {
      if (item === "bad" && broken) throw new Error("no space");
      done.push(item);
    });
    rounds.mark("bad");
    rounds.mark("good");
    rounds.runAll();
    expect([done, errors, rounds.isFailing]).toEqual([["good"], ["bad: no space"], true]);
    broken = false;
    await expect.poll(() => done).toEqual(["good", "bad"]);
    expect(rounds.isFailing).toBe(false);
  });

  it("is tried once in a round", () => {
    const { rounds, errors } = roundsOf(() => {
      throw new Error("no space");
    });
    rounds.mark("a");
    rounds.runAll();
    expect(errors).toHaveLength(1);
    rounds.runAll();
    expect(errors).toHaveLength(2);
  });
});

describe("draining", () => {
  it("is done once what is marked was worked on", async () => {
    const done: string[] = [];
    const { rounds } = roundsOf((item) => done.push(item), { minPauseMs: 10_000 });
    rounds.mark("a");
    await rounds.drain();
    rounds.mark("b");
    await rounds.drain();
    await rounds.drain();
    expect(done).toEqual(["a", "b"]);
  });

  it("may be waited for by several", async () => {
    const { rounds } = roundsOf(() => undefined);
    rounds.mark("a");
    await Promise.all([rounds.drain(), rounds.drain()]);
    expect(rounds.isFailing).toBe(false);
  });

  it("ends although work throws", async () => {
    const { rounds } = roundsOf(() => {
      throw new Error("no space");
    });
    rounds.mark("a");
    await rounds.drain();
    expect(rounds.isFailing).toBe(true);
  });
});

it("do nothing more once they are closed", async () => {
  const done: string[] = [];
  const { rounds } = roundsOf((item) => done.push(item));
  rounds.mark("a");
  rounds.close();
  rounds.mark("b");
  await sleep(10);
  expect(done).toEqual([]);
});
