import { withContext } from "./context.js";
import { idPart } from "./record-calls.js";
import type { Runs } from "./runs.js";
import { messageOf } from "./step.js";

export interface StageOptions {
  /** How often it is tried in all. Default 1. Each attempt is a node of its own. */
  readonly attempts?: number;
}

interface Stage {
  readonly name: string;
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
    const namesakes = this.#stages.filter((stage) => stage.name === name).length;
    const unique = namesakes === 0 ? name : `${name}-${namesakes + 1}`;
    return new Pipeline(this.#runs, this.#name, [...this.#stages, { name: unique, work, attempts }]);
  }

  /** Takes an input through all stages as one run. Rejects with what the failing stage threw. */
  async run(input: Input): Promise<Output> {
    const runId = this.#runs.startRun({
      agentId: idPart(this.#name),
      flow: this.#name,
      role: "pipeline",
      input,
    });
    try {
      let value: unknown = input;
      for (const stage of this.#stages) value = await this.#runStage(runId, stage, value);
      this.#runs.completeRun(runId, { output: value });
      return value as Output;
    } catch (error) {
      this.#runs.completeRun(runId, { status: "failed", error: messageOf(error) });
      throw error;
    }
  }

  async #runStage(runId: string, { name, work, attempts }: Stage, input: unknown): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const node = {
        runId,
        nodeId: nodeIdOf(name, attempt),
        nodeType: "stage",
        input,
        metadata: { stage: name, attempt, attempts },
      };
      try {
        const call = (): unknown => work(input as never);
        return await withContext({ agentId: idPart(this.#name) }, () => this.#runs.node(name, call, node));
      } catch (error) {
        if (attempt >= attempts) throw error;
      }
    }
  }
}

function nodeIdOf(name: string, attempt: number): string {
  return attempt === 1 ? idPart(name) : `${idPart(name)}.${attempt}`;
}
