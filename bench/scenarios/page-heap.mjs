import { setTimeout as sleep } from "node:timers/promises";
import { openDashboard } from "../browser.mjs";
import { liveSession } from "../load/live-session.mjs";
import { createSession } from "../recorder.mjs";

const MEBIBYTE = 2 ** 20;
/** After a tenth of the time: one minute of ten. */
const EARLY = 0.1;
const FIRST = "after a tenth of the time";
const LAST = "at its end";

/** @type {import("../scenario.mjs").Scenario} */
export const pageHeap = {
  name: "page-heap",
  work: "heap of a dashboard that follows a session of 200 events a second; 10 min, or --live-seconds",
  unit: "MiB",
  targets: [{ contestant: LAST, against: FIRST, atMost: 2 }],
  maxRounds: 1,
  async prepare(bench) {
    const dashboard = await openDashboard(bench, (settings) => bench.service("data", settings));
    await createSession(dashboard.service, "live");
    const page = await dashboard.newPage();
    const debug = await page.context().newCDPSession(page);
    const heap = async () => {
      await debug.send("HeapProfiler.collectGarbage");
      const { usedSize } = await debug.send("Runtime.getHeapUsage");
      return usedSize / MEBIBYTE;
    };
    const run = async () => {
      await page.goto(`${dashboard.url}#/session/live`);
      await page.locator(".link-live").first().waitFor();
      const live = liveSession(dashboard.service, "live");
      await sleep(bench.liveSeconds * EARLY * 1_000);
      const first = await heap();
      await sleep(bench.liveSeconds * (1 - EARLY) * 1_000);
      const last = await heap();
      return { first, last, sent: await live.stop(), seconds: bench.liveSeconds };
    };
    /** @type {ReturnType<typeof run> | undefined} */
    let running;
    /** @param {"first" | "last"} which */
    const measure = async (which) => {
      const detail = await (running ??= run());
      return { value: detail[which], detail };
    };
    return { [FIRST]: () => measure("first"), [LAST]: () => measure("last") };
  },
};
