import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { History } from "../../src/domain/reading.js";
import type { Cursor } from "../../src/feed/cursor.js";
import { Feed } from "../../src/feed/feed.js";
import { stored } from "../support/events.js";
import { MemoryHistory } from "../support/memory-history.js";
import { CollectingSink, lines } from "../support/sinks.js";

const SESSIONS = ["s1", "s2"];

type Step =
  | { readonly kind: "publish"; readonly sessions: readonly string[] }
  | {
      readonly kind: "subscribe";
      readonly all: boolean;
      readonly behind: number | undefined;
      readonly takes: number;
    }
  | { readonly kind: "wait" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      sessions: fc.array(fc.constantFrom(...SESSIONS), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("subscribe" as const),
      all: fc.boolean(),
      behind: fc.option(fc.nat(8), { nil: undefined }),
      takes: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("wait" as const) }) },
);

interface Subscriber {
  readonly sink: CollectingSink;
  readonly cursor: Cursor;
  readonly after: number;
  readonly all: boolean;
}

it("gives a subscriber every event after its place once and in order, wherever replay and live meet", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.nat(12),
      fc.array(step, { maxLength: 25 }),
      fc.constantFrom(0, 300, 1_000_000),
      async (scheduler, before, steps, windowChars) => {
        const history = new MemoryHistory(() => scheduler.schedule(Promise.resolve()));
        const feed = new Feed({ windowChars, head: () => history.stored.length });
        feed.readFrom(history as unknown as History);
        const store = (sessionId: string) => {
          const seq = history.stored.filter((event) => event.sessionId === sessionId).length + 1;
          const event = stored({ sessionId, seq, offset: history.stored.length + 1 });
          history.stored.push(event);
          return event;
        };
        for (let count = 0; count < before; count += 1) store(SESSIONS[count % 2] as string);

        /** Lets one thing that was waited for happen; false where there was none. */
        const proceed = async () => {
          await turn();
          if (scheduler.count() === 0) return false;
          await scheduler.waitNext(1);
          return true;
        };
        const subscribers: Subscriber[] = [];
        const subscribe = ({ all, behind, takes }: Extract<Step, { kind: "subscribe" }>) => {
          const head = all
            ? history.stored.length
            : history.stored.filter(({ sessionId }) => sessionId === "s1").length;
          const after = behind === undefined ? head : Math.max(0, head - behind);
          let room = takes;
          const sink = new CollectingSink(() => {
            room -= 1;
            if (room > 0) return true;
            void scheduler.schedule(Promise.resolve(), "drain").then(() => {
              room = takes;
              cursor.drained();
            });
            return false;
          });
          const cursor: Cursor = feed.subscribe(
            {
              sessionId: all ? undefined : "s1",
              after: behind === undefined ? undefined : after,
              wrapping: lines,
              sink,
              onError: (error) => {
                throw error;
              },
            },
            head,
          );
          subscribers.push({ sink, cursor, after, all });
        };

        for (const one of steps) {
          if (one.kind === "publish") feed.publish(one.sessions.map(store));
          else if (one.kind === "subscribe") subscribe(one);
          else await proceed();
        }
        for (let idle = 0; idle < 2; idle = (await proceed()) ? 0 : idle + 1);
        for (const { sink, after, all } of subscribers) {
          const wanted = history.stored.filter((event) =>
            all ? event.offset > after : event.sessionId === "s1" && event.seq > after,
          );
          expect(sink.received.map(({ offset }) => offset)).toEqual(wanted.map(({ offset }) => offset));
        }
      },
    ),
    { numRuns: 300 },
  );
});
