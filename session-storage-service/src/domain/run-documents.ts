import type { NodeStatus } from "session-protocol";
import { PersistentMap } from "./persistent-map.js";
import type { OpenRun, OpenRuns } from "./runs.js";
import type { Session } from "./session.js";
import { keyText, type SessionUsage, type UsageRecord } from "./usage.js";

/** The seqs that `runs.json` and `usage.json` have where they are as new as `metadata.json`, which has these. */
export interface DerivedSeqs {
  readonly runs: number;
  readonly usage: number;
}

export function derivedSeqs({ runs, usage }: Session): DerivedSeqs {
  return { runs: runs.seq, usage: usage.seq };
}

type StoredRun = Omit<OpenRun, "nodes" | "nodeStarts" | "sentAt" | "failed"> & {
  readonly nodes: Readonly<Record<string, NodeStatus>>;
  /** These are absent where there are none, and in documents of earlier versions. */
  readonly nodeStarts?: Readonly<Record<string, string>>;
  readonly sentAt?: string;
  readonly failed?: readonly string[];
};

/** `runs.json`: the open runs in the order they began. */
export interface RunsDocument {
  readonly seq: number;
  readonly runs: readonly StoredRun[];
}

export function runsDocument(runs: OpenRuns): RunsDocument {
  return { seq: runs.seq, runs: inOrder(runs).map(storedRun) };
}

function storedRun({ nodes, nodeStarts, sentAt, failed, ...run }: OpenRun): StoredRun {
  const starts = nodeStarts.size > 0 ? { nodeStarts: Object.fromEntries(nodeStarts.entries()) } : {};
  const sent = sentAt === null ? {} : { sentAt };
  const failures = failed.size > 0 ? { failed: [...failed.entries()].map(([part]) => part) } : {};
  return { ...run, nodes: Object.fromEntries(nodes.entries()), ...starts, ...sent, ...failures };
}

export function runsFrom({ seq, runs }: RunsDocument): OpenRuns {
  const open = runs.map(({ nodes, nodeStarts = {}, sentAt = null, failed = [], ...run }) => ({
    ...run,
    sentAt,
    failed: PersistentMap.of<true>(failed.map((part) => [part, true])),
    nodes: PersistentMap.of(Object.entries(nodes)),
    nodeStarts: PersistentMap.of(Object.entries(nodeStarts)),
  }));
  return {
    open: PersistentMap.of(open.map((run) => [run.runId, run])),
    nodeCount: open.reduce((sum, { nodes }) => sum + nodes.size, 0),
    seq,
  };
}

/** Open runs in the order they began. */
export function inOrder({ open }: OpenRuns): OpenRun[] {
  return [...open.entries()].map(([, run]) => run).sort((one, other) => one.seq - other.seq);
}

/** `usage.json`: by day, model and agent. */
export interface UsageDocument {
  readonly seq: number;
  readonly usage: readonly UsageRecord[];
}

export function usageDocument({ records, seq }: SessionUsage): UsageDocument {
  const sorted = [...records.entries()].sort(([one], [other]) => (one < other ? -1 : 1));
  return { seq, usage: sorted.map(([, record]) => record) };
}

export function usageFrom({ seq, usage }: UsageDocument): SessionUsage {
  return { records: PersistentMap.of(usage.map((record) => [keyText(record), record])), seq };
}
