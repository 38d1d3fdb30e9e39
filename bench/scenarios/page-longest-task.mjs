import { setTimeout as sleep } from "node:timers/promises";
import { openDashboard } from "../browser.mjs";
import { liveSession } from "../load/live-session.mjs";
import { createSession } from "../recorder.mjs";

const SECONDS = 20;
const SETTLE_MS = 3_000;
const VIEWS = { "the session": "#/session/", "the overview": "#/", "the live feed": "#/live" };

/** @type {import("../scenario.mjs").Scenario} */
export const pageLongestTask = {
  name: "page-longest-task",
  work: `longest task of the dashboard in ${SECONDS} s of 200 events a second; 0: none of 50 ms`,
  unit: "ms",
  targets: Object.keys(VIEWS).map((contestant) => ({ contestant, atMost: 200 })),
  maxRounds: 3,
  async prepare(bench) {
    const dashboard = await openDashboard(bench, (settings) => bench.service("data", settings));
    let samples = 0;
    /** @param {string} hash */
    const measure = async (hash) => {
      samples += 1;
      const sessionId = `live-${samples}`;
      await createSession(dashboard.service, sessionId);
      const page = await dashboard.newPage();
      await page.goto(dashboard.url + (hash.endsWith("session/") ? hash + sessionId : hash));
      await page.locator(".link-live").first().waitFor();
      // What loading the page takes is another row.
      await sleep(SETTLE_MS);
      const live = liveSession(dashboard.service, sessionId);
      const tasks = await page.evaluate(longTasks, SECONDS * 1_000);
      const sent = await live.stop();
      await page.context().close();
      return { value: Math.max(0, ...tasks), detail: { tasks: tasks.length, sent } };
    };
    return Object.fromEntries(Object.entries(VIEWS).map(([view, hash]) => [view, () => measure(hash)]));
  },
};

/**
 * Runs in the page: how long each task of more than 50 ms has taken.
 * @param {number} forMs
 * @returns {Promise<number[]>}
 */
function longTasks(forMs) {
  return new Promise((resolve) => {
    /** @type {number[]} */
    const tasks = [];
    const observer = new globalThis.PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(duration);
    });
    observer.observe({ type: "longtask" });
    setTimeout(() => resolve(tasks), forMs);
  });
}
