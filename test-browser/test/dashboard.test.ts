import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { recordLong, recordRich } from "./support/sessions.js";
import { Stage } from "./support/stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.complaints.length = 0;
});

const text = (selector: string) => stage.page.locator(selector).first().innerText();
const rows = () => stage.page.locator(".table .rows .row");

describe("an empty store", () => {
  afterEach(() => stage.calm());

  it("shows how to record a first session, and records one for who asks", async () => {
    await stage.show("#/");
    await stage.page.getByRole("button", { name: "Record a test session" }).click();
    await expect.poll(() => text("h1")).toBe("Test session");
    await expect.poll(() => stage.page.locator(".event").count()).toBeGreaterThan(5);
  });
});

describe("the overview", () => {
  afterEach(() => stage.calm());

  it("shows a session that begins, and what becomes of it, without being asked again", async () => {
    await stage.show("#/");
    await stage.page.locator(".link-live").waitFor();
    const before = await rows().count();
    await stage.post("sessions", { sessionId: "fresh", userId: "eve", name: "Fresh", initial: {} });
    await expect.poll(() => rows().count()).toBe(before + 1);
    await stage.post("state/fresh/goals", { description: "x" });
    await stage.post("sessions/fresh/batch", {
      events: [{ type: "state_updated", data: { currentStep: "reading mail" } }],
    });
    const fresh = rows().filter({ hasText: "Fresh" });
    await expect.poll(() => fresh.locator(".cell-step").innerText()).toBe("reading mail");
    await stage.post("sessions/fresh/finalize", { status: "failure" });
    await expect.poll(() => fresh.locator(".cell-status").innerText()).toBe("failed");
  });

  it("is filtered and sorted by its address", async () => {
    await stage.show("#/?userId=eve&order=-tokens");
    await expect.poll(() => rows().count()).toBe(1);
    expect(await stage.page.locator("[aria-sort=descending]").innerText()).toContain("Tokens");
    await stage.page.locator(".filters select").selectOption("completed");
    await expect.poll(() => rows().count()).toBe(0);
    await expect.poll(() => stage.page.url()).toContain("status=completed");
  });
});

describe("a session", () => {
  afterEach(() => stage.calm());

  it("tells what was asked, answered, done and changed, and opens at the event its address names", async () => {
    await recordRich(stage, "rich");
    await stage.show("#/session/rich?seq=8");
    await expect.poll(() => text(".event.chosen .diff")).toContain("return a + b;");
    const transcript = await stage.page.locator(".transcript").innerText();
    for (const words of ["Why is the build red?", "the tests", "not ok", "exit code 1", "src/add.ts"]) {
      expect(transcript).toContain(words);
    }
    expect(await text(".lane-names")).toContain("fixer");
  });

  it.each([
    ["State", "session-state-v1"],
    ["Goals", "Find the fault"],
    ["Agents", "mended"],
    ["Runs", "claude-code"],
    ["Tools", "Bash"],
    ["Events", "Download"],
    ["Files", "src/add.ts"],
  ])("has a tab %s", async (name, words) => {
    await stage.show("#/session/rich");
    await stage.page.getByRole("tab", { name }).click();
    await expect.poll(() => text(".tab")).toContain(words);
  });

  it("shows the state as it was, and what has changed since", async () => {
    await stage.show("#/session/rich?seq=3&tab=state");
    await expect.poll(() => text(".tab")).toContain("initialization");
    await expect.poll(() => text(".changes")).toContain("/phase");
  });

  it("shows only what its filters let through", async () => {
    await stage.show("#/session/rich?type=response");
    await expect.poll(() => stage.page.locator(".event").count()).toBe(1);
  });

  it("is walked by keyboard alone", async () => {
    await stage.show("#/session/rich?seq=2");
    await stage.page.locator(".event.chosen").waitFor();
    await stage.page.keyboard.press("j");
    await expect.poll(() => stage.page.url()).toContain("seq=3");
    await stage.page.locator(".map-time").waitFor();
    await stage.page.keyboard.press("]");
    await expect.poll(() => stage.page.url()).toContain("seq=6");
    await stage.page.keyboard.press("4");
    await expect.poll(() => stage.page.url()).toContain("tab=runs");
    await stage.page.keyboard.press("/");
    await stage.page.keyboard.type("build");
    await stage.page.keyboard.press("Enter");
    await expect.poll(() => text(".hits")).toContain("build");
    await stage.page.keyboard.press("Escape");
    await stage.page.keyboard.press("?");
    await stage.page.locator("dialog[open]").waitFor();
    await stage.page.keyboard.press("g");
    await stage.page.keyboard.press("s");
    await stage.page.keyboard.press("Escape");
    await stage.page.locator("dialog").waitFor({ state: "detached" });
    expect(stage.page.url()).toContain("search");
    await stage.page.keyboard.press("g");
    await stage.page.keyboard.press("s");
    await expect.poll(() => text("h1")).toBe("Sessions");
  });

  it("of 100,000 events opens at its end, and its start is a key away", async () => {
    await recordLong(stage, "long", 100_000);
    await stage.show("#/session/long");
    const last = stage.page.locator(".event[aria-posinset='100001']");
    await last.waitFor();
    await stage.page.keyboard.press("0");
    await stage.page.locator(".event[aria-posinset='1'] .content:has-text('created')").waitFor();
    expect(await stage.page.locator(".event").count()).toBeLessThan(100);
  });
});

describe("what an agent wrote", () => {
  afterEach(() => stage.calm());

  it("is shown, never obeyed", async () => {
    await stage.post("sessions", {
      sessionId: "evil",
      userId: "eve",
      name: "<b>\u202Eevil</b>",
      initial: {},
    });
    const hostile = [
      "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>",
      "[click](javascript:window.hit=1) [data](data:text/html,<script>1</script>) ![x](http://127.0.0.1:1/leak)",
      "zero\u200Bwidth right\u202Eto-left \u001B]0;title\u0007",
      "by name &#x202e;turned ![&#x202e;picture](http://127.0.0.1:1/leak)",
      "long ".repeat(200_000),
    ];
    const events = hostile.flatMap((content) => [
      { type: "response", data: { content } },
      { type: "action", data: { type: "prompt", input: content } },
      { type: "action", data: { type: "bash_exec", input: { command: "x" }, output: content, error: "x" } },
    ]);
    await stage.post("sessions/evil/batch", { events });
    await stage.show("#/session/evil?seq=1");
    await expect.poll(() => stage.page.locator(".event").count()).toBeGreaterThan(8);
    expect(await text("h1")).toContain("U+202E");
    const content = stage.page.locator(".transcript");
    await expect.poll(() => content.innerText()).toContain("<script>window.hit = 1</script>");
    expect(await content.innerText()).toContain("zero⟨U+200B⟩width");
    await expect.poll(() => content.innerText()).toContain("by name ⟨U+202E⟩turned [image: ⟨U+202E⟩picture]");
    expect(await content.innerText()).not.toContain("\u202E");
    expect(await stage.page.evaluate(() => (window as { hit?: number }).hit)).toBeUndefined();
    const links = await content.locator("a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    expect(links.filter((href) => href !== null && !/^(https?:|mailto:|#)/.test(href))).toEqual([]);
    expect(await content.locator("img, script, iframe").count()).toBe(0);
  });
});

describe("live", () => {
  it("goes on without gap or repeat when the service is killed and started anew", async () => {
    await stage.post("sessions", { sessionId: "live", userId: "u", initial: {} });
    await stage.show("#/session/live");
    await stage.page.locator(".session-head .link-live").waitFor();
    for (let round = 0; round < 2; round += 1) {
      await stage.post("actions/live", { type: "note", round });
      await stage.restartService();
      await stage.post("actions/live", { type: "note", round, after: true });
    }
    const shown = () =>
      stage.page
        .locator(".event")
        .evaluateAll((all) => all.map((each) => Number(each.getAttribute("aria-posinset"))));
    await expect.poll(shown).toEqual([1, 2, 3, 4, 5]);
    await stage.page.locator(".session-head .link-live").waitFor();
  });

  it.each([
    ["#/", ".overview .link-live"],
    ["#/session/live", ".session-head .link-live"],
    ["#/live", ".feed .link-live"],
  ])("%s was left without an answer when it was opened while the service was away", async (hash, sign) => {
    await stage.stopService();
    await stage.show(hash);
    await stage.page.locator(".failure, .link").first().waitFor();
    await stage.startService();
    await stage.page.locator(sign).waitFor();
    await expect.poll(() => stage.page.locator(".overview .failure").count()).toBe(0);
  });

  it("the feed tells of all sessions, and counts what comes while it is paused", async () => {
    await stage.show("#/live");
    await stage.page.locator(".feed .link-live").waitFor();
    const told = () => stage.page.locator(".feed-events > li").count();
    await stage.post("actions/live/responses", { content: "", model: "the-newest" });
    // Whatever came before that is there by then.
    await expect.poll(() => text(".feed-events > li")).toContain("the-newest");
    const before = await told();
    await stage.post("actions/live", { type: "note", words: "first" });
    await expect.poll(told).toBe(before + 1);
    await stage.page.keyboard.press("p");
    await stage.post("actions/live", { type: "note" });
    await stage.post("actions/rich", { type: "note" });
    await expect.poll(() => text(".badge")).toBe("2 new");
    expect(await told()).toBe(before + 1);
    await stage.page.keyboard.press("p");
    await expect.poll(told).toBe(before + 3);
    // Answers that only ask for calls were empty lines.
    const answer = { content: "", model: "model-of-few-words", toolUseIds: ["a"] };
    await stage.post("actions/live/responses", answer);
    await expect.poll(() => stage.page.locator(".feed-events").innerText()).toContain(answer.model);
  });
});

describe.each(["dark", "light"] as const)("in the %s theme", (theme) => {
  it.each([
    ["overview", "#/"],
    ["charts", "#/?charts=tables"],
    ["session", "#/session/rich?seq=6&tab=runs"],
    ["agents", "#/session/rich?tab=agents"],
    ["events", "#/session/rich?tab=events&seq=6"],
    ["long", "#/session/long"],
    ["search", "#/search?q=build"],
    ["feed", "#/live"],
    ["compare", "#/compare/rich/fresh"],
  ])("the view %s is accessible", async (name, hash) => {
    await stage.show(hash);
    await stage.wear(theme);
    await stage.page.waitForLoadState("networkidle");
    await stage.page.locator("h1").first().waitFor();
    await stage.picture(`${name}-${theme}`);
    expect(await stage.faults()).toEqual([]);
  });

  it("can be used at a width of 360 pixels", async () => {
    await stage.page.setViewportSize({ width: 360, height: 740 });
    await stage.show("#/session/rich");
    await stage.wear(theme);
    await stage.page.locator(".event").first().waitFor();
    await stage.picture(`narrow-${theme}`);
    const overflow = await stage.page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await stage.page.setViewportSize({ width: 1_280, height: 860 });
  });
});
