import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startPageServer } from "../dashboard/dist/server/page-server.js";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PAGE_FOLDER = fileURLToPath(new URL("../dashboard/dist/page/", import.meta.url));
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const VIEWPORT = { width: 1_280, height: 860 };
const CONTENT_TIMEOUT_MS = 120_000;

/**
 * The dashboard as it is built, in a real browser.
 * @typedef {object} Dashboard
 * @property {string} url
 * @property {() => Promise<import("playwright-core").Page>} newPage without anything in its cache
 */

/**
 * A service that answers to the page, and the page in front of it; all of it goes with the scenario.
 * @param {import("./workbench.mjs").Workbench} bench
 * @param {(settings: Record<string, string>) => Promise<import("./server.mjs").Server>} startService
 */
export async function openDashboard(bench, startService) {
  if (!existsSync(CHROMIUM))
    throw new Error(`${CHROMIUM} is not there: apt-get install chromium, or set CHROMIUM`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const service = await startService({ CORS_ORIGINS: new URL(url).origin });
  bench.keep(
    await startPageServer({ folder: PAGE_FOLDER, service: new URL(service.url), host: "127.0.0.1", port }),
  );
  const browser = bench.keep(await chromium.launch({ executablePath: CHROMIUM, args: FLAGS }));
  const newPage = async () => {
    const context = await browser.newContext({ viewport: VIEWPORT });
    return context.newPage();
  };
  return { service, url, newPage };
}

/**
 * Milliseconds from the beginning of a navigation to the frame in which what the selector names was drawn.
 * @param {Dashboard} dashboard
 * @param {string} hash
 * @param {string} selector
 */
export async function timeToContent({ url, newPage }, hash, selector) {
  const page = await newPage();
  try {
    await page.addInitScript(noteContent, selector);
    await page.goto(url + hash, { waitUntil: "commit" });
    const found = await page.waitForFunction(() => Reflect.get(globalThis, "contentAt"), undefined, {
      timeout: CONTENT_TIMEOUT_MS,
    });
    return /** @type {number} */ (await found.jsonValue());
  } finally {
    await page.context().close();
  }
}

/**
 * Runs in the page.
 * @param {string} selector
 */
function noteContent(selector) {
  const { document, requestAnimationFrame } = globalThis;
  const look = () => {
    if (document.querySelector(selector) === null) requestAnimationFrame(look);
    // The frame after the one in which it was found has been drawn.
    else requestAnimationFrame(() => Reflect.set(globalThis, "contentAt", performance.now()));
  };
  look();
}

/** @returns {Promise<number>} */
function freePort() {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
