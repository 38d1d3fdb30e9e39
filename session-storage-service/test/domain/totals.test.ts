import { describe, expect, it } from "vitest";
import type { Metrics } from "session-protocol";
import { addCost, addUsage, countAction, NO_METRICS, NO_TOKENS } from "../../src/domain/totals.js";

describe("an action", () => {
  it.each<[unknown, keyof Metrics | undefined]>([
    ["task_spawn", "agentsSpawned"],
    ["tool_call", "toolCalls"],
    ["mcp_call", "mcpCalls"],
    ["file_write", "filesModified"],
    ["file_edit", "filesModified"],
    ["bash_exec", "bashCommands"],
    ["error", "errors"],
    ["thought", undefined],
    ["toString", undefined],
    ["actions", undefined],
    [undefined, undefined],
  ])("of type %s counts as an action and in %s", (type, counter) => {
    const expected = { ...NO_METRICS, actions: 1, ...(counter === undefined ? {} : { [counter]: 1 }) };
    const metrics = { ...NO_METRICS };
    countAction(metrics, type);
    expect(metrics).toEqual(expected);
  });

  it("adds to what was counted", () => {
    const metrics = { ...NO_METRICS };
    countAction(metrics, "error");
    countAction(metrics, "error");
    expect(metrics).toMatchObject({ actions: 2, errors: 2 });
  });
});

describe("usage", () => {
  it.each([
    [
      { inputTokens: 5, outputTokens: 2 },
      { input: 5, output: 2, cacheRead: 0, cacheWrite: 0, total: 7 },
    ],
    [
      { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4 },
      { input: 1, output: 2, cacheRead: 3, cacheWrite: 4, total: 10 },
    ],
    [{ cacheReadTokens: 9 }, { input: 0, output: 0, cacheRead: 9, cacheWrite: 0, total: 9 }],
    [{ inputTokens: null, other: 3 }, NO_TOKENS],
    [{ inputTokens: "5" }, NO_TOKENS],
    [null, NO_TOKENS],
    [undefined, NO_TOKENS],
    ["5", NO_TOKENS],
  ])("%j counts as %j", (usage, tokens) => {
    expect(addUsage(NO_TOKENS, usage)).toEqual(tokens);
  });

  it("adds up", () => {
    const usage = { inputTokens: 1, outputTokens: 1 };
    expect(addUsage(addUsage(NO_TOKENS, usage), usage)).toMatchObject({ input: 2, output: 2, total: 4 });
  });
});

describe("cost", () => {
  it("adds up without the dust of binary fractions", () => {
    let total = 0;
    for (let count = 0; count < 10; count += 1) total = addCost(total, 0.1);
    expect(total).toBe(1);
  });

  it.each([[undefined], [null], ["0.5"]])("that is %j adds nothing", (cost) => {
    expect(addCost(0.25, cost)).toBe(0.25);
  });
});
