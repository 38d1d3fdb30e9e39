import { describe, expect, it } from "vitest";
import { groupedOrder } from "../src/session/grouped-order.js";
import { MAX_GROUPED, Requests } from "../src/session/requests.js";
import type { Reading } from "../src/session/mark.js";
import { readings } from "./support/readings.js";

const MAIN = { agentId: "main" };
const none = (): boolean => false;

function requestsOf(all: readonly Reading[]): Requests {
  const requests = new Requests();
  for (const reading of all) requests.add(reading);
  return requests;
}

function orderOf(all: readonly Reading[], isFolded: (seq: number) => boolean = none): readonly number[] {
  return groupedOrder(all.length, undefined, requestsOf(all), isFolded).seqs;
}

const call = (toolUseId?: string, more = {}) =>
  ["action", { ...MAIN, type: "tool_call", ...(toolUseId && { toolUseId }), ...more }] as const;
const answer = (...toolUseIds: string[]) =>
  ["response", { ...MAIN, ...(toolUseIds.length > 0 && { toolUseIds }) }] as const;
const step = (nodeId: string, status = "completed") =>
  ["node_executed", { runId: "r", nodeId, nodeType: "tool", status }] as const;

describe("the order of a transcript", () => {
  it.each([
    ["calls that were told before their answer stand beneath it", [call("a"), answer("a")], [2, 1]],
    [
      "calls that an answer names stand beneath it, however late",
      [answer("a"), answer(), call("a")],
      [1, 3, 2],
    ],
    ["calls of an answer that names none follow it", [answer(), call(), call("x"), answer()], [1, 2, 3, 4]],
    ["a call that no answer asked for stands by itself", [answer("a"), call("b"), call("a")], [1, 3, 2]],
    [
      "a prompt ends what belonged to the answer before",
      [answer(), ["action", { ...MAIN, type: "prompt" }], call()],
      [1, 2, 3],
    ],
    ["a step is told by its call, once that has ended", [step("a", "running"), call("a"), step("a")], [2]],
    ["a step whose call has not ended is shown", [answer("a"), step("a", "running")], [1, 2]],
    ["what is no call is shown as it was", [["goal_added", {}], step("n"), ["state_updated", {}]], [1, 2, 3]],
  ] as const)("%s", (_, events, order) => {
    expect(orderOf(readings(...events))).toEqual(order);
  });

  it("keeps the answers of agents that work side by side apart", () => {
    const sub = { agentId: "sub", type: "tool_call" };
    const all = readings(answer(), ["response", { agentId: "sub" }], call(), ["action", sub], call());
    expect(orderOf(all)).toEqual([1, 3, 5, 2, 4]);
  });

  it("leaves the answer of a folded request, at which all of it is found", () => {
    const all = readings(call("a"), answer("a", "b"), call("b"), step("b"), answer());
    const { seqs, placeOf } = groupedOrder(5, undefined, requestsOf(all), (seq) => seq === 2);
    expect(seqs).toEqual([2, 5]);
    expect([1, 2, 3, 4, 5, 99].map(placeOf)).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it("of a part shows that part, a step where its call is not in it", () => {
    const all = readings(answer("a"), call("a"), step("a"));
    expect(groupedOrder(3, [2, 3], requestsOf(all), none).seqs).toEqual([2]);
    expect(groupedOrder(3, [3], requestsOf(all), none).seqs).toEqual([3]);
  });
});

describe("a request", () => {
  it("counts its calls, names its tools, and has failed where a call did, once", () => {
    const failed = { status: "failed", tool: "Bash", error: "x" };
    const all = readings(
      answer("a", "b"),
      call("a", failed),
      step("a", "failed"),
      call("b", { tool: "Read" }),
    );
    expect(requestsOf(all).of(1)).toMatchObject({
      number: 1,
      members: [2, 3, 4],
      tools: ["Bash", "Read"],
      calls: 2,
      failures: 1,
    });
  });

  it("is counted for each agent by itself", () => {
    const all = readings(answer(), ["response", { agentId: "sub" }], answer());
    expect([1, 2, 3].map((seq) => requestsOf(all).of(seq)?.number)).toEqual([1, 1, 2]);
  });
});

it("keeps no more than so many calls whose answer has not come", () => {
  const calls = Array.from({ length: 3_000 }, (_, index) => call(`c${index}`));
  const all = readings(...calls, answer("c0", "c2999"));
  expect(requestsOf(all).of(3_001)?.members).toEqual([3_000]);
});

it("lets go of what it knows once a session is too long to be put together", () => {
  const all = readings(...Array.from({ length: MAX_GROUPED }, () => answer()));
  const requests = requestsOf(all);
  expect(requests.of(1)?.number).toBe(1);
  const [next] = readings(call("a"));
  if (next === undefined) throw new Error("no reading");
  requests.add({ mark: { ...next.mark, seq: MAX_GROUPED + 1 } });
  expect([1, MAX_GROUPED].map((seq) => requests.of(seq))).toEqual([undefined, undefined]);
});
