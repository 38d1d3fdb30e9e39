import { Recent } from "./recent.js";

/** Who records a graph, and is told that nothing else will tell of its end. */
export interface Follower {
  abandoned(id: string): void;
}

const MAX_OPEN = 10_000;

const open = new Recent<string, Follower>(MAX_OPEN);
const isGone = new FinalizationRegistry<string>(abandon);
let isEndWatched = false;

/** A graph has begun, by the id LangChain gives it. */
export function opened(id: string, follower: Follower): void {
  open.set(id, follower);
  if (isEndWatched) return;
  isEndWatched = true;
  // Nothing is under way any more that could go on with a graph.
  process.on("beforeExit", () => [...open.keys()].forEach(abandon));
}

export function closed(id: string): void {
  open.take(id);
}

/**
 * `teller` is what alone would tell of the graph's end. LangGraph lets go of it, without a word, where a graph is
 * aborted between two looks at its stream, or its stream is left.
 */
export function tellsOf(id: string, teller: object): void {
  if (open.has(id)) isGone.register(teller, id);
}

function abandon(id: string): void {
  open.take(id)?.abandoned(id);
}
