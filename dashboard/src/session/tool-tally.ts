import type { Reading } from "./mark.js";

export interface ToolFigures {
  readonly tool: string;
  readonly calls: number;
  readonly failures: number;
  /** Undefined where no call says how long it took. */
  readonly medianMs: number | undefined;
}

interface Tally {
  calls: number;
  failures: number;
  /** How many calls took so many milliseconds, to three digits: any number of calls has few of them. */
  readonly durations: Map<number, number>;
}

/** Tools are named by agents. */
const MAX_TOOLS = 500;
const OTHERS = "other tools";

/** The calls of each tool, however many: what is held grows with the tools. */
export class ToolTally {
  readonly #byTool = new Map<string, Tally>();

  add({ mark: { failed }, call }: Reading): void {
    if (call === undefined) return;
    const tally = this.#of(call.tool);
    tally.calls += 1;
    if (failed) tally.failures += 1;
    if (call.tookMs === undefined) return;
    const tookMs = Number(call.tookMs.toPrecision(3));
    tally.durations.set(tookMs, (tally.durations.get(tookMs) ?? 0) + 1);
  }

  /** Those called most often first. */
  figures(): readonly ToolFigures[] {
    const figures = [...this.#byTool].map(([tool, { calls, failures, durations }]) => ({
      tool,
      calls,
      failures,
      medianMs: median(durations),
    }));
    return figures.sort((one, other) => other.calls - one.calls);
  }

  #of(tool: string): Tally {
    const name = this.#byTool.has(tool) || this.#byTool.size < MAX_TOOLS ? tool : OTHERS;
    const known = this.#byTool.get(name);
    if (known !== undefined) return known;
    const tally: Tally = { calls: 0, failures: 0, durations: new Map() };
    this.#byTool.set(name, tally);
    return tally;
  }
}

function median(counts: ReadonlyMap<number, number>): number | undefined {
  const ordered = [...counts].sort(([one], [other]) => one - other);
  let left = Math.floor(ordered.reduce((sum, [, count]) => sum + count, 0) / 2);
  for (const [value, count] of ordered) {
    if (left < count) return value;
    left -= count;
  }
  return undefined;
}
