import { idPart } from "../record-calls.js";
import type { ToolOutcome } from "../conversation/tool-call.js";

/** A tool call as hooks tell of it. They give it no id and do not say whose it is. */
export interface HookedCall {
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
  readonly atMs: number;
  /** Undefined: the tool has not answered yet. */
  outcome: ToolOutcome | undefined;
}

/** The calls that hooks have told of, and that no chat has told the end of yet. */
export class HookedCalls {
  readonly #calls = new Set<HookedCall>();
  #begun = 0;

  begin(tool: string, input: unknown, atMs: number): HookedCall {
    this.#begun += 1;
    const call = { id: `${idPart(tool)}-${atMs}-${this.#begun}`, tool, input, atMs, outcome: undefined };
    this.#calls.add(call);
    return call;
  }

  /** The one of this tool that waits for its answer; with several it is told by the input. */
  waiting(tool: string, input: unknown): HookedCall | undefined {
    const waiting = this.left().filter((call) => call.outcome === undefined);
    return sameOf(waiting, tool, input) ?? waiting.find((call) => call.tool === tool);
  }

  takeSame(tool: string, input: unknown): HookedCall | undefined {
    return this.#take(sameOf(this.left(), tool, input));
  }

  /** A hook of the user's may change the input. */
  takeFirst(tool: string): HookedCall | undefined {
    return this.#take(this.left().find((call) => call.tool === tool));
  }

  left(): readonly HookedCall[] {
    return [...this.#calls];
  }

  #take(call: HookedCall | undefined): HookedCall | undefined {
    if (call !== undefined) this.#calls.delete(call);
    return call;
  }
}

function sameOf(calls: readonly HookedCall[], tool: string, input: unknown): HookedCall | undefined {
  const wanted = JSON.stringify(input);
  return calls.find((call) => call.tool === tool && JSON.stringify(call.input) === wanted);
}
