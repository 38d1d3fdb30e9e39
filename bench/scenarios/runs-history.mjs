import { answerTime } from "../load/answer-time.mjs";
import { runSessions, USER } from "../runs.mjs";

const FEWEST = 1_000;
const FEW = 10_000;
const MANY = 1_000_000;
const SKIP = 9_900;
const DEEP_SKIP = 900_000;
const LIMIT = 100;
const AT_MOST = 3;

/**
 * `against` is how many runs the smaller store has: enough for the answer to be as long.
 * @typedef {{ path: string, isRight: (body: string) => boolean, against: number }} Question
 */

/** @type {Record<string, Question>} */
const QUESTIONS = {
  "first page of 100": { path: `/api/agents/history?limit=${LIMIT}`, isRight: isPage, against: FEWEST },
  "page of 100 after 9,900": {
    path: `/api/agents/history?skip=${SKIP}&limit=${LIMIT}`,
    isRight: isPage,
    against: FEW,
  },
  "page of one agent's failures": {
    path: `/api/agents/history?agentId=agent-9&status=failed&limit=${LIMIT}`,
    isRight: isPage,
    against: FEW,
  },
  "statistics of a user's 5,000 runs over 60 days": {
    path: `/api/query/stats/users/${USER}?days=60`,
    isRight: (body) => JSON.parse(body).runs.total === 5_000,
    against: FEW,
  },
  "usage by model, of all": {
    path: "/api/query/usage?groupBy=model",
    isRight: (body) => JSON.parse(body).rows.length === 3,
    against: FEW,
  },
};
/** Sums over days and names; the others are to cost what their answer costs. */
const GROWS = "usage by model, of all";
const DEEP = "page of 100 after 900,000";

/** @type {import("../scenario.mjs").Scenario} */
export const runsHistory = {
  name: "runs-history",
  work: "questions about runs, 1,000,000 stored against fewer",
  unit: "ms",
  targets: Object.entries(QUESTIONS)
    .filter(([question]) => question !== GROWS)
    .map(([question, { against }]) => ({
      contestant: named(question, MANY),
      against: named(question, against),
      atMost: AT_MOST,
    })),
  async prepare(bench) {
    const services = new Map();
    for (const runs of [MANY, FEW, FEWEST]) services.set(runs, await filled(bench, runs));
    const urlOf = (/** @type {number} */ runs) => services.get(runs).url;
    const deep = `${urlOf(MANY)}/api/agents/history?skip=${DEEP_SKIP}&limit=${LIMIT}`;
    return {
      ...Object.fromEntries(
        Object.entries(QUESTIONS).flatMap(([question, { path, isRight, against }]) =>
          [MANY, against].map((runs) => [
            named(question, runs),
            () => answerTime(urlOf(runs) + path, isRight),
          ]),
        ),
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
