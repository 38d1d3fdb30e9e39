import { openDashboard, timeToContent } from "../browser.mjs";
import { endedSessions, workSession } from "../runs.mjs";

const SESSIONS = 10_000;
const EVENTS = 100_000;
const OVERVIEW = `the overview of ${SESSIONS.toLocaleString("en-US")} sessions`;
const SESSION = `a session of ${EVENTS.toLocaleString("en-US")} events`;

/** @type {import("../scenario.mjs").Scenario} */
export const pageFirstContent = {
  name: "page-first-content",
  work: "dashboard in Chromium, nothing in its cache: from navigation to the first content drawn",
  unit: "ms",
  targets: [{ contestant: SESSION, atMost: 2_000 }],
  async prepare(bench) {
    const store = await bench.store(`page-${SESSIONS}`, plans);
    const dashboard = await openDashboard(bench, (settings) => bench.serviceOn(store, settings));
    await dashboard.service.settle();
    /**
     * @param {string} hash
     * @param {string} selector
     */
    const measure = async (hash, selector) => ({ value: await timeToContent(dashboard, hash, selector) });
    return {
      [OVERVIEW]: () => measure("#/", ".table .rows .row"),
      // Events that are on their way have a row as well, of another class.
      [SESSION]: () => measure("#/session/bench", ".event:not(.event-loading)"),
    };
  },
};

/** @returns {Generator<import("../session-files.mjs").SessionPlan>} */
function* plans() {
  yield* endedSessions(SESSIONS);
  yield workSession("bench", EVENTS);
}
