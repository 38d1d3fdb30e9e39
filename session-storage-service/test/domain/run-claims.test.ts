import { expect, it } from "vitest";
import { RunTaken } from "../../src/domain/errors.js";
import { RunClaims } from "../../src/domain/run-claims.js";

const RUN = [{ runId: "r", index: 0 }];

/** Claims that learn of owners from what was begun, once they are `allowed` to. */
function claimsOf(begun: Map<string, string>) {
  const asking: (() => void)[] = [];
  const ownersOf = (): Promise<ReadonlyMap<string, string>> =>
    new Promise((resolve) => {
      asking.push(() => {
        resolve(new Map(begun));
      });
    });
  const claims = new RunClaims(ownersOf);
  const begin = (sessionId: string, fails = false): Promise<unknown> =>
    claims.claiming(sessionId, RUN, false, () => {
      if (fails) return Promise.reject(new Error("closed"));
      begun.set("r", sessionId);
      return Promise.resolve(sessionId);
    });
  const answerNext = async (): Promise<void> => {
    await expect.poll(() => asking.length).toBeGreaterThan(0);
    asking.shift()?.();
  };
  return { begin, answerNext };
}

it("the repeat of a run's beginning was refused while another session tried to take its id", async () => {
  const { begin, answerNext } = claimsOf(new Map([["r", "owner"]]));
  const intruder = begin("intruder").catch((error: unknown) => error);
  const repeat = begin("owner");
  await answerNext();
  expect(await intruder).toBeInstanceOf(RunTaken);
  await answerNext();
  expect(await repeat).toBe("owner");
});

it("an id was refused to the next session where the first that asked for it could not begin the run", async () => {
  const { begin, answerNext } = claimsOf(new Map());
  const first = begin("first", true).catch((error: unknown) => error);
  const second = begin("second");
  await answerNext();
  expect(await first).toEqual(new Error("closed"));
  await answerNext();
  expect(await second).toBe("second");
});

it("of two sessions that begin a run at the same time one has it", async () => {
  const { begin, answerNext } = claimsOf(new Map());
  const both = Promise.allSettled([begin("one"), begin("other")]);
  await answerNext();
  await answerNext();
  expect((await both).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
});
