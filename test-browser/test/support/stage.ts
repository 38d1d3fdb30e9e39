import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { expect } from "vitest";
import { freePort } from "../../../container-hook-agent/test/support/agents.js";
import {
  startService,
  type ServiceProcess,
} from "../../../container-hook-agent/test/support/service-process.js";
import { startPageServer, type PageServer } from "../../../dashboard/server/page-server.js";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PAGE_FOLDER = fileURLToPath(new URL("../../../dashboard/dist/page", import.meta.url));
const SCREENSHOTS = fileURLToPath(new URL("../../../.test-output/screenshots", import.meta.url));

/** Nothing here takes so long; a slow machine under load may. */
const PATIENCE_MS = 60_000;

export type Theme = "dark" | "light";

/** The service answers to pages of this origin. */
const settingsFor = (pagePort: number) => ({ CORS_ORIGINS: `http://127.0.0.1:${pagePort}` });

/** The service, the page's server and a browser, all real. What goes wrong in the page fails `calm`. */
export class Stage {
  /** Errors of the page, its console and its policy. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly folder: string,
    public service: ServiceProcess,
    readonly pages: PageServer,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    page.on("dialog", (dialog) => {
      this.complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  static async open(): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), "dashboard-"));
    const port = await freePort();
    const service = await startService(join(folder, "data"), 0, settingsFor(port));
    const options = { folder: PAGE_FOLDER, service: new URL(service.url), host: "127.0.0.1", port };
    const pages = await startPageServer(options);
    const context = await chromium.launchPersistentContext(join(folder, "profile"), {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: FLAGS,
      viewport: { width: 1_280, height: 860 },
      reducedMotion: "reduce",
    });
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(PATIENCE_MS);
    return new Stage(folder, service, pages, context, page);
  }

  async close(): Promise<void> {
    await this.context.close();
    await this.pages.close();
    await this.service.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Goes to a place, by its address after `#`. */
  async show(hash: string): Promise<void> {
    await this.page.goto("about:blank");
    await this.page.goto(`http://127.0.0.1:${this.pages.port}/${hash}`);
  }

  async wear(theme: Theme): Promise<void> {
    await this.page.evaluate((name) => {
      window.localStorage.setItem("theme", name);
      document.documentElement.dataset.theme = name;
    }, theme);
  }

  /** kill -9, and a new service on the same port and folder. */
  async restartService(): Promise<void> {
    await this.stopService();
    await this.startService();
  }

  async stopService(): Promise<void> {
    await this.service.end("SIGKILL");
  }

  async startService(): Promise<void> {
    const { port } = this.service;
    this.service = await startService(join(this.folder, "data"), port, settingsFor(this.pages.port));
  }

  async post(path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.service.url}/api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as Record<string, unknown>;
  }

  /** What an automatic check of accessibility finds wrong with what is shown, in words. */
  async faults(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page })
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
      .analyze();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  }

  async picture(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  calm(): void {
    expect(this.complaints).toEqual([]);
  }
}
