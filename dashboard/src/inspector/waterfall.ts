import type { LoggedNode } from "session-protocol";

/** A node of a run and where it stands. */
export interface WaterfallStep {
  readonly node: LoggedNode;
  /** How far below the run's own nodes. */
  readonly depth: number;
  /** Shares, from 0 to 1, of the time of all. */
  readonly left: number;
  readonly width: number;
}

/** Nodes after those they belong to, in the order in which they began. What runs is as long as what is known. */
export function waterfallOf(nodes: readonly LoggedNode[]): readonly WaterfallStep[] {
  const firstMs = nodes.reduce((least, node) => Math.min(least, startOf(node)), Infinity);
  const lastMs = nodes.reduce((most, node) => Math.max(most, endOf(node)), firstMs);
  const spanMs = Math.max(1, lastMs - firstMs);
  return nested(nodes).map(({ node, depth }) => {
    const left = (startOf(node) - firstMs) / spanMs;
    const endMs = node.durationMs === null ? lastMs : endOf(node);
    return { node, depth, left, width: (endMs - startOf(node)) / spanMs };
  });
}

interface Nested {
  readonly node: LoggedNode;
  readonly depth: number;
}

function nested(nodes: readonly LoggedNode[]): Nested[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const children = new Map<string | null, LoggedNode[]>();
  for (const node of [...nodes].sort((one, other) => startOf(one) - startOf(other))) {
    const parent = node.parentId !== null && ids.has(node.parentId) ? node.parentId : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [node]);
    else siblings.push(node);
  }
  const placed = new Set<LoggedNode>();
  const rows: Nested[] = [];
  const walk = (parent: string | null, depth: number): void => {
    for (const node of children.get(parent) ?? []) {
      if (placed.has(node)) continue;
      placed.add(node);
      rows.push({ node, depth });
      walk(node.id, depth + 1);
    }
  };
  walk(null, 0);
  // Nodes that name each other as parents are shown all the same.
  return [...rows, ...nodes.filter((node) => !placed.has(node)).map((node) => ({ node, depth: 0 }))];
}

function startOf({ startedAt }: LoggedNode): number {
  return Date.parse(startedAt);
}

function endOf(node: LoggedNode): number {
  return startOf(node) + (node.durationMs ?? 0);
}
