import { withContext } from "./context.js";
import { idPart } from "./record-calls.js";
import type { RunEnd, Runs } from "./runs.js";
import { messageOf } from "./step.js";

export interface StageOptions {
  /** How often it is tried in all. Default 1. Each attempt is a node of its own. */
  readonly attempts?: number;
}

interface Stage {
  readonly name: string;
  /** Of its first attempt, and of no other stage. */
  readonly nodeId: string;
  readonly work: (input: never) => unknown;
  readonly attempts: number;
}

/** Stages one after the other, each given what the one before answered. Immutable: `stage` answers a longer one. */
export class Pipeline<Input, Output> {
  readonly #runs: Runs;
  readonly #name: string;
  readonly #stages: readonly Stage[];

  constructor(runs: Runs, name: string, stages: readonly Stage[] = []) {
    this.#runs = runs;
    this.#name = name;
    this.#stages = stages;
  }

  stage<Next>(
    name: string,
    work: (input: Output) => Next,
    { attempts = 1 }: StageOptions = {},
  ): Pipeline<Input, Awaited<Next>> {
    const nodeId = unusedId(idPart(name), new Set(this.#stages.map((stage) => stage.nodeId)));
    return new Pipeline(this.#runs, this.#name, [...this.#stages, { name, nodeId, work, attempts }]);
  }

  /** Takes an input through all stages as one run. Rejects with what the failing stage threw. */
  async run(input: Input): Promise<Output> {
    const started = performance.now();
    const agentId = idPart(this.#name);
    const runId = this.#runs.startRun({ agentId, flow: this.#name, role: "pipeline", input });
    const end = (how: RunEnd): void => {
      this.#runs.completeRun(runId, { ...how, durationMs: Math.round(performance.now() - started) });
    };
    let failedStage: string | undefined;
    try {
      let value: unknown = input;
      for (const stage of this.#stages) {
        failedStage = stage.name;
        value = await this.#runStage(runId, stage, value);
      }
      end({ output: value });
      return value as Output;
    } catch (error) {
      const status = isAbort(error) ? "cancelled" : "failed";
      end({ status, error: messageOf(error), failedStage });
      throw error;
    }
  }

  async #runStage(runId: string, stage: Stage, input: unknown): Promise<unknown> {
    const { name, nodeId, work, attempts } = stage;
    for (let attempt = 1; ; attempt += 1) {
      const node = {
        runId,
        nodeId: attempt === 1 ? nodeId : `${nodeId}.${attempt}`,
        nodeType: "stage",
        input,
        metadata: { stage: name, attempt, attempts },
      };
      try {
        const call = (): unknown => work(input as never);
        return await withContext({ agentId: idPart(this.#name) }, () => this.#runs.node(name, call, node));
      } catch (error) {
        if (attempt >= attempts || isAbort(error)) throw error;
      }
    }
  }
}

/** Different names may come to the same id. */
function unusedId(id: string, used: ReadonlySet<string>): string {
  let unused = id;
  for (let i = 2; used.has(unused); i += 1) unused = `${id}-${i}`;
  return unused;
}

/** Somebody wanted an end: there is no use in trying again. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
