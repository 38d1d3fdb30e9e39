import { median } from "../statistics.mjs";

const WARM_UPS = 3;
const REQUESTS = 30;

/**
 * The median time of an answer, from the request to its last byte, one request after the other.
 * @param {string} url
 * @param {(body: string) => boolean} isRight a wrong answer voids the figure
 * @returns {Promise<import("../scenario.mjs").Sample>}
 */
export async function answerTime(url, isRight) {
  const times = [];
  for (let turn = 0; turn < WARM_UPS + REQUESTS; turn += 1) {
    const startedMs = performance.now();
    const response = await fetch(url);
    const body = await response.text();
    const elapsedMs = performance.now() - startedMs;
    if (response.status !== 200 || !isRight(body)) {
      throw new Error(`${url} answered ${response.status}: ${body.slice(0, 500)}`);
    }
    if (turn >= WARM_UPS) times.push(elapsedMs);
  }
  return { value: median(times), detail: { slowest: Math.max(...times) } };
}
