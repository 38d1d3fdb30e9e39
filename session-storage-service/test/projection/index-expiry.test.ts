import { expect, it, onTestFinished } from "vitest";
import { firstPages, type Expiry } from "../../src/domain/retention.js";
import { TestIndex } from "../support/test-index.js";

const LATE = "2099-01-01T00:00:00.000Z";

async function openIndex(): Promise<TestIndex> {
  const index = await new TestIndex().open();
  onTestFinished(() => index.dispose());
  return index;
}

async function expired({ db }: TestIndex, expiry: Expiry): Promise<string[]> {
  const found: string[] = [];
  for (const first of firstPages(expiry)) {
    for (let page = first; ;) {
      const sessions = await db.expiredSessions(page);
      found.push(...sessions.map(({ sessionId }) => sessionId));
      const last = sessions.at(-1);
      if (last === undefined) break;
      page = { ...page, after: last.place };
    }
  }
  return found;
}

it("finds every session that has expired, once, where there are more than a page holds", async () => {
  const index = await openIndex();
  const ids = Array.from({ length: 1_300 }, (_, number) => `s${String(number)}`);
  const sessions = ids.map((sessionId, number) =>
    index.session(sessionId, number % 3 === 0 ? {} : { ttlDays: 1 }),
  );
  for (const session of sessions) session.add("session_finalized", {});
  index.update(...sessions, index.session("running", { ttlDays: 1 }));
  expect((await expired(index, { own: LATE, others: LATE })).sort()).toEqual(ids.toSorted());
  expect((await expired(index, { own: null, others: LATE })).sort()).toEqual(ids.toSorted());
  expect((await expired(index, { own: LATE, others: "" })).length).toBe(1_300 - 434);
  expect(await expired(index, { own: null, others: "" })).toEqual([]);
});

it("no longer finds a session that was resumed", async () => {
  const index = await openIndex();
  const session = index.session("s", { ttlDays: 1 });
  session.add("session_finalized", {});
  index.update(session);
  expect(await expired(index, { own: LATE, others: "" })).toEqual(["s"]);
  session.add("status_changed", { from: "completed", to: "active" });
  index.update(session);
  expect(await expired(index, { own: LATE, others: LATE })).toEqual([]);
});
