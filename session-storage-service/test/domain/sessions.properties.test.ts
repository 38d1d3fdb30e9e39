import fc from "fast-check";
import { expect, it } from "vitest";
import type { ForkOrigin } from "session-protocol";
import { RecorderError } from "../../src/domain/errors.js";
import type { StoredEvent } from "../../src/domain/events.js";
import { isIncompleteFork } from "../../src/domain/sessions.js";
import { foldAll } from "../support/fold-all.js";
import { RecorderModel, SESSION_IDS, step, type Submitted } from "../support/recorder-model.js";

/** Runs the steps as clients would, all at once, and gives the model when everything has been answered. */
const outcome = fc
  .record({
    scheduler: fc.scheduler(),
    steps: fc.array(step, { minLength: 1, maxLength: 14 }),
    luck: fc.infiniteStream(fc.nat(4)),
    maxSessions: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ scheduler, steps, luck, maxSessions }) => async () => {
    const model = new RecorderModel(scheduler, () => luck.next().value === 0, maxSessions);
    const refused = (error: unknown) => {
      if (!(error instanceof RecorderError)) throw error;
    };
    for (const sessionId of ["s1", "s2"]) {
      model.run({ kind: "create", sessionId, parent: undefined }).catch(refused);
      await scheduler.waitIdle();
    }
    const clients = steps.map(async (one) => {
      await scheduler.schedule(Promise.resolve(), one.kind);
      await model.run(one).catch(refused);
    });
    await scheduler.waitFor(Promise.all(clients));
    return model;
  });

function holds(check: (model: RecorderModel) => void): Promise<void> {
  return fc.assert(
    fc.asyncProperty(outcome, async (run) => {
      check(await run());
    }),
    { numRuns: 500 },
  );
}

const marksIn = ({ marks }: Submitted, events: readonly StoredEvent[]) =>
  marks.filter((mark) => events.some(({ data }) => data.mark === mark));

it("gives readers the fold of a session's events after every commit", () =>
  holds(({ announced }) => {
    for (const { events, session } of announced) {
      expect({ ...session, producers: [] }).toEqual(foldAll(events));
    }
  }));

it("numbers a session's events from 1 without gap or repeat", () =>
  holds(({ announced }) => {
    for (const { events } of announced) {
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    }
  }));

it("stores an id once in a session", () =>
  holds((model) => {
    for (const sessionId of SESSION_IDS) {
      const ids = model.history(sessionId).map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)]);
    }
  }));

it("stores all of a submission in one batch, or nothing where it was refused or its commit failed", () =>
  holds(({ submitted, journal }) => {
    for (const one of submitted) {
      const firstBatch = journal.batches.find(({ events }) => marksIn(one, events).length > 0);
      const stored = marksIn(one, journal.events);
      expect(stored).toEqual(marksIn(one, firstBatch?.events ?? []));
      if (!one.accepted) expect(stored).toEqual([]);
    }
  }));

it("begins a run in one session, and there once, and ends it at most once", () =>
  holds((model) => {
    const owners = new Map<unknown, string>();
    for (const sessionId of SESSION_IDS) {
      const history = model.history(sessionId);
      const copied = (history[0]?.data.forkedFrom as ForkOrigin | undefined)?.seq ?? 0;
      for (const bounds of [["execution_started"], ["execution_completed", "execution_failed"]]) {
        const runIds = history.filter(({ type }) => bounds.includes(type)).map(({ data }) => data.runId);
        expect(runIds).toEqual([...new Set(runIds)]);
      }
      for (const { type, seq, data } of history) {
        if (type !== "execution_started" || seq <= copied) continue;
        expect(owners.get(data.runId) ?? sessionId).toBe(sessionId);
        owners.set(data.runId, sessionId);
      }
    }
  }));

it("shows no half-copied fork", () =>
  holds(({ shown }) => {
    expect(shown.filter(isIncompleteFork)).toEqual([]);
  }));
