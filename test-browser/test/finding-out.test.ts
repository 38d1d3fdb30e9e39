import { readFileSync } from "node:fs";
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

describe("the overview's charts", () => {
  it("say what a bar stands for, and are tables for who asks", async () => {
    await stage.show("#/");
    const plot = stage.page.locator(".chart .plot").first();
    const { width, height } = (await plot.boundingBox()) ?? { width: 0, height: 0 };
    await plot.hover({ position: { x: width - 30, y: height / 2 } });
    await expect.poll(() => text(".tip")).toMatch(/^\d+ \w+ 12.2k/);
    await stage.page.getByRole("button", { name: "Charts as tables" }).click();
    await expect.poll(() => text(".chart-table tbody")).toMatch(/12k\s+220/);
    await expect.poll(() => stage.page.url()).toContain("charts=tables");
  });

  it("stood between a narrow screen and its sessions", async () => {
    await stage.page.setViewportSize({ width: 360, height: 740 });
    await stage.show("#/");
    await rows().first().waitFor();
    const box = await rows().first().boundingBox();
    expect((box?.y ?? 740) + (box?.height ?? 0)).toBeLessThan(740 / 2);
    await stage.page.getByRole("button", { name: /^Filters, order and charts/ }).click();
    await stage.page.getByLabel("Order").selectOption("-cost");
    await expect.poll(() => stage.page.url()).toContain("order=-cost");
    await stage.page.locator(".chart").first().waitFor();
    await stage.page.setViewportSize({ width: 1_280, height: 860 });
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

  it("has a list of its events that is filtered, walked by keyboard and taken away", async () => {
    await stage.show("#/session/rich?tab=events");
    const lines = () => stage.page.locator(".event-line .event-seq").allInnerTexts();
    await expect.poll(lines).toHaveLength(13);
    await stage.page.getByRole("searchbox", { name: "Text in events" }).fill("NPM Test");
    await stage.page.keyboard.press("Enter");
    await expect.poll(lines).toEqual(["6"]);
    expect(await text(".event-line mark")).toBe("npm test");
    await stage.show("#/session/rich?tab=events&agentId=main");
    await stage.page.getByLabel("Type").selectOption("action");
    await expect.poll(lines).toEqual(["4", "6"]);
    await stage.page.getByRole("listbox", { name: "Events as they are stored" }).press("End");
    await expect.poll(() => text(".raw")).toContain('"command": "npm test"');
    await stage.page.keyboard.press("Home");
    await expect.poll(() => stage.page.url()).toContain("seq=4");
    const download = stage.page.waitForEvent("download");
    await stage.page.getByRole("button", { name: "Download these events" }).click();
    const stored = readFileSync(await (await download).path(), "utf8")
      .trim()
      .split("\n");
    expect(stored.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([4, 6]);
  });

  it("showed the event at its end as three dots", async () => {
    await stage.show("#/session/rich?tab=events&seq=13");
    await expect.poll(() => text(".raw")).toContain('"execution_completed"');
  });

  it("had the calls of its newest thousand actions counted only", async () => {
    const call = { type: "action", data: { type: "tool_call", tool: "Read", durationMs: 4 } };
    await stage.post("sessions", { sessionId: "calls", userId: "bob", initial: {} });
    for (const count of [1_000, 200])
      await stage.post("sessions/calls/batch", { events: Array.from({ length: count }, () => call) });
    await stage.show("#/session/calls?tab=tools");
    await expect.poll(() => text(".tools tbody")).toMatch(/Read\s+1200\s+4 ms/);
  });
});

describe("two sessions side by side", () => {
  it("were as they had been when they were opened", async () => {
    await stage.show("#/compare/rich/calls");
    const tool = (name: string) => stage.page.locator(".compare tr", { hasText: name });
    await expect.poll(() => tool("Read").innerText()).toMatch(/not used\s+1200 calls, median 4 ms/);
    await stage.page.locator(".link-live").nth(1).waitFor();
    await stage.post("actions/calls", { type: "tool_call", tool: "Read", error: "gone" });
    await expect.poll(() => tool("Read").innerText()).toContain("1201 calls, 1 failed");
    await stage.post("sessions/calls/finalize", { status: "failure" });
    await expect.poll(() => tool("Outcome").innerText()).toContain("failed");
  });
});

describe("the feed", () => {
  it("is narrowed to a session, a user and failures by its fields, which stand in the address", async () => {
    await stage.post("sessions", { sessionId: "of-eve", userId: "eve", initial: {} });
    await stage.show("#/live");
    await stage.page.locator(".feed .link-live").waitFor();
    const field = (name: string) => stage.page.getByRole("combobox", { name, exact: true });
    const named = async () => [...new Set(await stage.page.locator(".feed-events a").allInnerTexts())];
    await field("Session").fill("of-eve");
    await expect.poll(named).toEqual(["of-eve"]);
    await expect.poll(() => stage.page.url()).toContain("session=of-eve");
    await stage.page.getByRole("button", { name: "Clear filters" }).click();
    await expect.poll(async () => (await named()).length).toBeGreaterThan(1);
    await field("User").fill("eve");
    await stage.page.keyboard.press("Enter");
    await expect
      .poll(async () => (await named()).every((id) => id === "of-eve" || id === "early"))
      .toBe(true);
    await stage.post("actions/of-eve", { type: "note" });
    await stage.post("actions/of-eve", { type: "tool_call", tool: "Read", error: "no such file" });
    await stage.page.getByLabel("Failures only").check();
    await expect.poll(() => stage.page.locator(".feed-events > li").count()).toBe(1);
    await expect.poll(() => stage.page.url()).toContain("failures=1");
  });
});

describe("a session that waited out an outage", () => {
  it("stood at the moment in which the service had it all", async () => {
    const calledMs = await recordThroughOutage(stage, "late");
    await stage.show("#/session/late?seq=3&tab=events");
    const clock = new Date(calledMs).toLocaleTimeString("en-GB");
    await expect
      .poll(() => stage.page.locator(".minimap [role=option]").innerText())
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
