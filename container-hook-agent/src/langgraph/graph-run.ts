import type { Step } from "../step.js";
import { fieldsOf } from "./words.js";

/** A run of a graph, from its beginning to its end, with the times it waits in between. */
export class GraphRun {
  readonly runId: string;
  readonly #started = performance.now();
  /** What it goes on by after it has waited; undefined: it cannot. */
  readonly pausedKey: string | undefined;
  /** By what tells the node's tasks apart. */
  readonly openSteps = new Map<string, Step>();
  /** What LangChain calls the call that it goes on in. */
  rootId: string;
  isPaused = false;
  isOver = false;
  /** By node, how often it has failed: the next attempt is a node of its own. */
  readonly #failures = new Map<string, number>();
  readonly #toldInterrupts = new Set<unknown>();
  #lastFailure: unknown;

  constructor(runId: string, rootId: string, pausedKey: string | undefined) {
    this.runId = runId;
    this.rootId = rootId;
    this.pausedKey = pausedKey;
  }

  /** With the times it waited. */
  get durationMs(): number {
    return Math.round(performance.now() - this.#started);
  }

  failuresOf(node: string): number {
    return this.#failures.get(node) ?? 0;
  }

  failed(node: string, error: unknown): void {
    this.#failures.set(node, this.failuresOf(node) + 1);
    this.#lastFailure = error;
    forgetCallers(error);
  }

  /** What it waits for now, without what has been told of: every graph around the one that waits tells of it, too. */
  pause(interrupts: readonly unknown[]): unknown[] {
    this.isPaused = true;
    const idOf = (interrupt: unknown): unknown => fieldsOf(interrupt).id ?? interrupt;
    const fresh = interrupts.filter((interrupt) => !this.#toldInterrupts.has(idOf(interrupt)));
    for (const interrupt of fresh) this.#toldInterrupts.add(idOf(interrupt));
    return fresh;
  }

  resume(rootId: string): void {
    this.rootId = rootId;
    this.isPaused = false;
    this.#toldInterrupts.clear();
  }

  /** How it ended with `error`, and what to tell as the reason: of a graph that is stopped only its nodes say why. */
  endBy(error: unknown): { status: "failed" | "timeout" | "cancelled"; error: unknown } {
    const { name, message } = fieldsOf(error);
    const isStopped = message === "Abort" && error !== this.#lastFailure;
    return isStopped
      ? this.stoppedBy(error)
      : { status: name === "AbortError" ? "cancelled" : "failed", error };
  }

  /** How it ended without one of its nodes as the cause. */
  stoppedBy(reason: unknown): { status: "timeout" | "cancelled"; error: unknown } {
    const isTimeout = fieldsOf(this.#lastFailure).name === "TimeoutError";
    return { status: isTimeout ? "timeout" : "cancelled", error: this.#lastFailure ?? reason };
  }
}

/** Until its trace is read V8 keeps with an error all that was on the stack, of which LangGraph's is to be let go of. */
function forgetCallers(error: unknown): unknown {
  try {
    return fieldsOf(error).stack;
  } catch {
    // It is only kept for longer.
    return undefined;
  }
}

/** A wait for someone, or a stop that was asked for: the graph can go on from there. */
export function isPause(error: unknown): boolean {
  const { name, interrupts } = fieldsOf(error);
  return name === "GraphDrained" || (isBubbleUp(error) && Array.isArray(interrupts));
}

/** No failure: LangGraph throws it to leave the node. */
export function isBubbleUp(error: unknown): boolean {
  return fieldsOf(error).is_bubble_up === true;
}

/** The values a graph waits with. */
export function interruptsOf(error: unknown): readonly unknown[] {
  const { interrupts } = fieldsOf(error);
  return Array.isArray(interrupts) ? (interrupts as unknown[]) : [];
}

/** What a graph goes on in, as the metadata of its call has it. */
export function threadOf({ thread_id: thread }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof thread === "string" || typeof thread === "number" ? String(thread) : undefined;
}

/** Whether a graph goes on with this input where it, or a former process, left off, instead of beginning. */
export function isGoingOn(input: unknown, waiting: GraphRun | undefined): boolean {
  const { lg_name: kind, resume, ...fields } = fieldsOf(input);
  if (kind === "Command") return waiting !== undefined || resume !== undefined;
  return Object.keys(fields).length === 1 && fields.input === null;
}
