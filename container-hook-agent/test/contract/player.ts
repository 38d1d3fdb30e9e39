import { setTimeout as sleep } from "node:timers/promises";
import type { VerifyResult } from "session-protocol";
import { expect } from "vitest";
import type { AdapterProcess } from "./adapter-process.js";
import type { FaultProxy } from "./fault-proxy.js";
import type { CallStep, EndStep, ExpectStep, Scenario, Step } from "./scenario.js";

/** What a scenario is played with. */
export interface Stage {
  readonly proxy: FaultProxy;
  /** The service itself, not through the proxy. */
  readonly serviceUrl: () => string;
  readonly sessionId: string;
  readonly start: () => AdapterProcess;
  readonly restartService: (settings?: Readonly<Record<string, string>>) => Promise<void>;
}

type Action = Record<string, unknown>;

const PAGE = 1_000;
/** For what comes in a moment, on a machine that may be slow. */
const PATIENCE = { timeout: 60_000, interval: 50 };

/** Plays one scenario to its end, and ends every process it started. */
export async function play({ steps }: Scenario, stage: Stage): Promise<void> {
  const processes = new Map<string, AdapterProcess>();
  try {
    for (const step of steps) await playStep(step, stage, processes);
  } finally {
    for (const process of processes.values()) process.signal("SIGKILL");
    await Promise.all([...processes.values()].map(({ ended }) => ended));
  }
}

async function playStep(step: Step, stage: Stage, processes: Map<string, AdapterProcess>): Promise<void> {
  const named = (as: string): AdapterProcess => {
    const found = processes.get(as) ?? stage.start();
    processes.set(as, found);
    return found;
  };
  switch (step.do) {
    case "start":
      expectAnswer(await named(step.as).call("open", { options: step.options ?? {} }), undefined);
      return;
    case "call":
      return call(step, named(step.as));
    case "end":
      return end(step, named(step.as));
    case "fault":
      return stage.proxy.set(step.fault);
    case "restart":
      return stage.restartService(step.settings);
    case "pause":
      return sleep(step.ms);
    case "stored":
      return expectStored(step.notes, stage);
    case "becomes":
      return expect.poll(() => statusOf(stage), PATIENCE).toBe(step.status);
    case "expect":
      return expectSession(step, stage);
  }
}

async function call(
  { do: _, as: __, call: name, expect: expected, until, ...given }: CallStep,
  process: AdapterProcess,
): Promise<void> {
  if (until === undefined) expectAnswer(await process.call(name, given), expected);
  else await expect.poll(() => process.call(name, given), PATIENCE).toMatchObject({ answer: matcher(until) });
}

async function expectStored(count: number, stage: Stage): Promise<void> {
  await expect.poll(async () => (await notes(stage)).length, PATIENCE).toBe(count);
}

function expectAnswer(result: object, expected: unknown): void {
  if (isObject(expected) && "error" in expected) expect(result).toMatchObject(expected);
  else {
    expect(result).toHaveProperty("answer");
    if (expected !== undefined) expect(result).toMatchObject({ answer: matcher(expected) });
  }
}

async function end(
  { signal, call, code, expect: expected }: EndStep,
  process: AdapterProcess,
): Promise<void> {
  if (signal !== undefined) process.signal(signal);
  else if (call !== undefined) process.tell(call, { code });
  else process.endInput();
  expect(await process.ended).toMatchObject(expected ?? {});
}

async function expectSession(step: ExpectStep, stage: Stage): Promise<void> {
  const verdict = await get<VerifyResult>(stage, "verify");
  expect(verdict).toMatchObject({ complete: true, missing: [] });
  const { ordered, seen, newest, dropped, actions, requests, status } = step;
  const numbers = (await notes(stage)).map(({ n }) => Number(n));
  if (ordered !== undefined) expect(numbers).toEqual(range(0, ordered));
  if (seen !== undefined) {
    const expected = range(seen.from, seen.to).filter((n) => seen.without?.includes(n) !== true);
    expect(numbers.sort((a, b) => a - b)).toEqual(expected);
  }
  if (newest !== undefined) expect(numbers.at(-1)).toBe(newest);
  const lost = verdict.producers.reduce((sum, producer) => sum + producer.dropped, 0);
  if (dropped !== undefined) expect(lost).toBe(dropped);
  await expectAmong(actions, () => allActions(stage));
  await expectAmong(step.runs, () => get(stage, "runs"));
  if (requests !== undefined) expect(stage.proxy.requests()).toBeLessThanOrEqual(requests);
  if (status !== undefined) expect(await statusOf(stage)).toBe(status);
}

async function expectAmong(
  expected: readonly object[] | undefined,
  read: () => Promise<unknown[]>,
): Promise<void> {
  if (expected === undefined) return;
  const found = await read();
  for (const one of expected) expect(found).toContainEqual(expect.objectContaining(matcher(one) as object));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const notes = async (stage: Stage): Promise<Action[]> =>
  (await allActions(stage)).filter(({ type }) => type === "note");

async function allActions({ serviceUrl, sessionId }: Stage): Promise<Action[]> {
  const found: Action[] = [];
  for (let after = 0; ;) {
    const path = `${serviceUrl()}/api/actions/${sessionId}?after=${after}&limit=${PAGE}`;
    const response = await fetch(path);
    const page = response.status === 200 ? ((await response.json()) as Action[]) : [];
    found.push(...page);
    if (page.length < PAGE) return found;
    after = Number(page.at(-1)?.seq);
  }
}

async function statusOf(stage: Stage): Promise<unknown> {
  const { metadata } = await get<{ metadata: { status: unknown } }>(stage, "export");
  return metadata.status;
}

async function get<T>({ serviceUrl, sessionId }: Stage, what: string): Promise<T> {
  const response = await fetch(`${serviceUrl()}/api/sessions/${sessionId}/${what}`);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** The words of `contract/README.md` for values that match, as the test library's. */
function matcher(expected: unknown): unknown {
  if (!isObject(expected)) return expected;
  if ("contains" in expected) return expect.stringContaining(String(expected.contains));
  if ("atLeast" in expected) return satisfies((value) => value >= Number(expected.atLeast));
  if ("atMost" in expected) return satisfies((value) => value <= Number(expected.atMost));
  if (Array.isArray(expected)) return expected.map(matcher);
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, matcher(value)]));
}

function satisfies(holds: (value: number) => boolean): unknown {
  return { asymmetricMatch: (value: unknown) => typeof value === "number" && holds(value) };
}
