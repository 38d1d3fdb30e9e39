import { logAction, updateState } from "container-hook-agent";

/** Something outside of the pipeline that its stages use. Its calls go on record, and so does what becomes of it. */
export class ToolService {
  readonly name: string;
  #calls = 0;
  #failures = 0;

  constructor(name: string) {
    this.name = name;
    this.#tell("ready");
  }

  /** @throws what the work throws */
  call<T>(tool: string, input: unknown, work: () => T): T {
    const startedMs = performance.now();
    this.#calls += 1;
    const action = { type: "tool_call", service: this.name, tool: `${this.name}.${tool}`, input };
    const took = (): number => Math.round(performance.now() - startedMs);
    try {
      const output = work();
      logAction({ ...action, output: output ?? null, durationMs: took() });
      return output;
    } catch (error) {
      this.#failures += 1;
      logAction({ ...action, error: (error as Error).message, durationMs: took() });
      throw error;
    }
  }

  stop(): void {
    this.#tell("stopped");
  }

  #tell(status: string): void {
    const service = { status, calls: this.#calls, failures: this.#failures };
    updateState({ toolServices: { [this.name]: service } });
  }
}
