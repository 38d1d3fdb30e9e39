import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { recordThroughOutage } from "./support/outage.js";
import { recordRich, recordTwined } from "./support/sessions.js";
import { Stage } from "./support/stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
  await recordRich(stage, "rich");
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.complaints.length = 0;
});
afterEach(() => stage.calm());

const text = (selector: string) => stage.page.locator(selector).first().innerText();
const rows = () => stage.page.locator(".table .rows .row");
const seqsShown = () =>
  stage.page.locator(".event .seq").evaluateAll((all) => all.map(({ textContent }) => Number(textContent)));

describe("the overview", () => {
  it("says what a session is at that was open before the page was", async () => {
    await stage.post("sessions", { sessionId: "early", userId: "eve", name: "Early", initial: {} });
    await stage.post("sessions/early/batch", {
      events: [{ type: "state_updated", data: { currentStep: "waiting for a guest" } }],
    });
    await stage.show("#/");
    const early = rows().filter({ hasText: "Early" });
    await expect.poll(() => early.locator(".cell-step").innerText()).toBe("waiting for a guest");
  });

  it("presses the button that has the focus, also after a row was chosen", async () => {
    await stage.show("#/");
    await rows().first().waitFor();
    await stage.page.keyboard.press("j");
    const theme = stage.page.getByRole("button", { name: "theme" });
    const before = await theme.innerText();
    await theme.focus();
    await stage.page.keyboard.press("Enter");
    await expect.poll(() => theme.innerText()).not.toBe(before);
    expect(await text("h1")).toBe("Sessions");
    await stage.page.keyboard.press("Enter");
  });

  it("is filtered by agent and by time, and both stand in the address", async () => {
    await stage.post("sessions", { sessionId: "of-ada", userId: "u", initial: {} });
    await stage.post("sessions/of-ada/runs", { runId: "of-ada-1", agentId: "ada" });
    await stage.show("#/?agentId=ada");
    await expect.poll(() => rows().count()).toBe(1);
    await stage.page.getByLabel("Until").fill("2020-01-01T00:00");
    await expect.poll(() => rows().count()).toBe(0);
    await expect.poll(() => stage.page.url()).toContain("until=20");
  });
});

describe("a session", () => {
  it("has calls beneath the answer that asked for them, whatever was told between", async () => {
    await recordTwined(stage, "twined");
    await stage.show("#/session/twined");
    await expect.poll(seqsShown).toEqual([1, 2, 5, 3, 4, 7, 6, 8]);
    const heads = () => stage.page.locator(".request").allInnerTexts();
    expect(await heads()).toEqual([
      expect.stringMatching(/^main · request 1 .*1 call/),
      expect.stringMatching(/^main · request 2 .*2 calls · 1 failed/),
    ]);
    await stage.page.getByRole("button", { name: "main · request 1" }).click();
    await expect.poll(seqsShown).toEqual([1, 2, 5, 4, 7, 6, 8]);
    await stage.page.getByRole("button", { name: "Fold requests" }).click();
    await expect.poll(seqsShown).toEqual([1, 2, 5, 4, 7]);
    await expect.poll(() => stage.page.url()).toContain("folded=1");
    await stage.show("#/session/twined?folded=1&seq=6");
    await expect.poll(seqsShown).toEqual([1, 2, 5, 4, 7, 6, 8]);
  });

  it("has a map that the keyboard walks, and zooms", async () => {
    await stage.show("#/session/rich?seq=6");
    const map = stage.page.getByRole("listbox");
    const at = () => stage.page.locator("[role=option]").innerText();
    await expect.poll(at).toContain("main: Bash npm test, failed, 1.8 s");
    await map.focus();
    await stage.page.keyboard.press("ArrowDown");
    await expect.poll(at).toMatch(/^fixer: .*event \d+$/);
    await stage.page.keyboard.press("Home");
    await expect.poll(at).toContain("fixer: agent spawned");
    await stage.page.keyboard.press("ArrowRight");
    await expect.poll(at).toContain("fixer: Edit src/add.ts");
    await expect.poll(() => stage.page.url()).toContain("seq=8");
    await stage.page.keyboard.press("+");
    await expect.poll(() => stage.page.url()).toMatch(/from=\d+&to=\d+/);
    await stage.page.keyboard.press("a");
    await expect.poll(() => stage.page.url()).not.toContain("from=");
    await stage.page.getByRole("button", { name: "fixer" }).first().press("Enter");
    await expect.poll(() => stage.page.url()).toContain("agentId=fixer");
  });

  it("goes on showing what its filters let through while more and more comes", async () => {
    await stage.post("sessions", { sessionId: "busy", userId: "u", initial: {} });
    await stage.show("#/session/busy?type=action");
    await stage.page.locator(".session-head .link-live").waitFor();
    const post = () => stage.post("actions/busy", { type: "note" });
    await post();
    await expect.poll(() => stage.page.locator(".event").count()).toBe(1);
    for (let count = 0; count < 20; count += 1) {
      await post();
      // As in life: the next comes before what came has been asked for.
      await stage.page.waitForTimeout(60);
    }
    await expect.poll(() => text(".transcript-bar")).toContain("21 events");
  });

  it("finds words in its own events, and goes to them", async () => {
    await stage.show("#/session/rich?tab=events&find=subtract");
    await expect.poll(() => text(".tab")).toContain("Nothing holds these words");
    await stage.page.getByRole("searchbox", { name: "Find in this session" }).fill("npm test");
    await stage.page.keyboard.press("Enter");
    await stage.page.getByRole("button", { name: /^6 / }).click();
    await expect.poll(() => stage.page.url()).toContain("seq=6");
  });
});

describe("a session that waited out an outage", () => {
  it("stood at the moment in which the service had it all", async () => {
    const calledMs = await recordThroughOutage(stage, "late");
    await stage.show("#/session/late?seq=3&tab=events");
    const clock = new Date(calledMs).toLocaleTimeString("en-GB");
    await expect
      .poll(() => stage.page.locator("[role=option]").innerText())
      .toBe(`governor: Bash make, 30 s, ${clock}.000, event 3`);
    const time = stage.page.locator(".event.chosen time");
    expect(await time.getAttribute("title")).toMatch(/stored (59 min \d+ s|1 h) later/);
    expect(await text(".event.chosen .took")).toBe("30 s");
    expect(await text(".facts")).toMatch(/Failures\s+2, show/);
    await stage.picture("outage");
  });

  it("is found by who worked in it, with what failed and the time it took", async () => {
    await stage.show("#/?agentId=booking");
    const cell = (name: string) => rows().first().locator(`.cell-${name}`).innerText();
    await expect.poll(() => rows().count()).toBe(1);
    expect([await cell("agents"), await cell("failures"), await cell("duration")]).toEqual([
      "2",
      "2",
      "1 min",
    ]);
    await stage.picture("outage-overview");
  });
});
