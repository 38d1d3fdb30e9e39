import type { Context } from "../context.js";
import type { Fields } from "../recording.js";
import { messageOf, type Step } from "../step.js";
import { createWarnOnce, warnByProcess } from "../warnings.js";
import type { GraphRun } from "./graph-run.js";
import { Recent } from "./recent.js";

/** What is under way: a graph, a node, a call, or something in between, which is only passed through. */
export interface Scope {
  readonly run: GraphRun | undefined;
  readonly context: Context;
  readonly isRoot?: boolean;
  /** Of a node, and what its failures are counted under. */
  readonly step?: Step;
  readonly key?: string;
  /** What a call was given. */
  readonly given?: Fields;
}

/** What is under way at most: nothing tells of the end of what a program no longer follows. */
const MAX_OPEN = 10_000;
/** What has ended, for work that goes on after it. */
const MAX_ENDED = 1_000;

const warnOnce = createWarnOnce(warnByProcess);

/** What LangChain has begun and not ended, by the ids it gives. */
export class Scopes {
  readonly #open = new Recent<string, Scope & { readonly startedMs: number }>(MAX_OPEN);
  readonly #ended = new Recent<string, Scope>(MAX_ENDED);

  get size(): number {
    return this.#open.size;
  }

  of(id: string | undefined): Scope | undefined {
    return id === undefined ? undefined : (this.#open.get(id) ?? this.#ended.get(id));
  }

  /** Once, although a graph may name the same recorder several times. */
  begin(id: string, scopeOf: () => Scope): void {
    if (this.#open.has(id)) return;
    safely(() => this.#open.set(id, { ...scopeOf(), startedMs: performance.now() }));
  }

  /** `marks`: whose it was, and how long it took. */
  end(id: string, tell: (scope: Scope, marks: Fields) => void): void {
    const scope = this.#open.take(id);
    if (scope === undefined) return;
    const { run, context, startedMs } = scope;
    this.#ended.set(id, { run, context });
    safely(() => tell(scope, { ...context, durationMs: Math.round(performance.now() - startedMs) }));
  }
}

/** The host's own graph goes on, whatever it is that cannot be recorded of it. */
function safely(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    warnOnce("langgraph", `part of a graph could not be recorded: ${messageOf(error)}`);
  }
}
