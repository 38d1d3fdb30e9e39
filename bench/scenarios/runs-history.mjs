import { answerTime } from "../load/answer-time.mjs";
import { runSessions, USER } from "../runs.mjs";

const FEW = 10_000;
const MANY = 1_000_000;
const SKIP = 9_900;
const DEEP_SKIP = 900_000;
const LIMIT = 100;
const AT_MOST = 3;

/** @typedef {{ path: string, isRight: (body: string) => boolean }} Question */

/** @type {Record<string, Question>} */
const QUESTIONS = {
  "first page of 100": { path: `/api/agents/history?limit=${LIMIT}`, isRight: isPage },
  "page of 100 after 9,900": { path: `/api/agents/history?skip=${SKIP}&limit=${LIMIT}`, isRight: isPage },
  "page of one agent's failures": {
    path: `/api/agents/history?agentId=agent-9&status=failed&limit=${LIMIT}`,
    isRight: isPage,
  },
  "statistics of a user's 5,000 runs over 60 days": {
    path: `/api/query/stats/users/${USER}?days=60`,
    isRight: (body) => JSON.parse(body).runs.total === 5_000,
  },
  "usage by model, of all": {
    path: "/api/query/usage?groupBy=model",
    isRight: (body) => JSON.parse(body).rows.length === 3,
  },
};
/** Sums over days and names; the others are to cost what their answer costs. */
const GROWS = "usage by model, of all";
const DEEP = "page of 100 after 900,000";

/** @type {import("../scenario.mjs").Scenario} */
export const runsHistory = {
  name: "runs-history",
  work: "questions about runs, 1,000,000 stored against 10,000",
  unit: "ms",
  targets: Object.keys(QUESTIONS)
    .filter((question) => question !== GROWS)
    .map((question) => ({
      contestant: named(question, MANY),
      against: named(question, FEW),
      atMost: AT_MOST,
    })),
  async prepare(bench) {
    const many = await filled(bench, MANY);
    const few = await filled(bench, FEW);
    const deep = `${many.url}/api/agents/history?skip=${DEEP_SKIP}&limit=${LIMIT}`;
    return {
      ...Object.fromEntries(
        Object.entries(QUESTIONS).flatMap(([question, { path, isRight }]) => [
          [named(question, MANY), () => answerTime(many.url + path, isRight)],
          [named(question, FEW), () => answerTime(few.url + path, isRight)],
        ]),
      ),
      [named(DEEP, MANY)]: () => answerTime(deep, isPage),
    };
  },
};

/**
 * @param {import("../workbench.mjs").Workbench} bench
 * @param {number} runs
 */
async function filled(bench, runs) {
  const service = await bench.serviceOn(await bench.store(`runs-${runs}`, () => runSessions(runs)));
  await service.settle();
  return service;
}

/** @param {string} body */
function isPage(body) {
  return JSON.parse(body).length === LIMIT;
}

/**
 * @param {string} question
 * @param {number} runs
 */
function named(question, runs) {
  return `${question}, ${runs.toLocaleString("en-US")} runs`;
}
