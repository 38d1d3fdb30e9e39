import type { TokenUsage } from "session-protocol";
import { PersistentMap } from "./persistent-map.js";
import type { OpenRun } from "./runs.js";
import type { FoldableEvent } from "./session.js";
import { addCost, addUsage, isEstimated, NO_TOKENS } from "./totals.js";

/** What one agent used of one model on one day, in UTC, by when the service stored it. */
export interface UsageRecord {
  readonly day: string;
  readonly model: string | null;
  readonly agentId: string | null;
  readonly runs: number;
  readonly tokenUsage: TokenUsage;
  readonly costUsd: number;
  /** Whether some of the cost was computed from the price table. */
  readonly estimated: boolean;
}

export interface SessionUsage {
  readonly records: PersistentMap<UsageRecord>;
  /** Of the last event that changed anything here; 0 while there was none. */
  readonly seq: number;
}

export const NO_USAGE: SessionUsage = { records: PersistentMap.empty(), seq: 0 };

/** Past this many records new agents are no longer told apart, past twice as many new models neither. */
const MAX_RECORDS = 1_000;

type Key = Pick<UsageRecord, "day" | "model" | "agentId">;

export function keyText({ day, model, agentId }: Key): string {
  return JSON.stringify([day, model, agentId]);
}

/** Records that are not what was `told` before. */
export function changedUsage({ records }: SessionUsage, told: SessionUsage | undefined): UsageRecord[] {
  return [...records.changesSince(told?.records)].map(([, record]) => record);
}

/** Of several records of one key the last. */
export function newestUsage(records: readonly UsageRecord[]): UsageRecord[] {
  return [...new Map(records.map((record) => [keyText(record), record])).values()];
}

/** Tokens and cost of a response. What neither it nor its run names, the session may. */
export function countResponse(
  usage: SessionUsage,
  event: FoldableEvent,
  run: OpenRun | undefined,
  sessionModel: string | null,
): SessionUsage {
  const { data } = event;
  if (data.usage == null && typeof data.costUsd !== "number") return usage;
  const model = textOf(data.model) ?? run?.model ?? sessionModel;
  const agentId = textOf(data.agentId) ?? run?.agentId ?? null;
  return update(usage, event, model, agentId, (record) => ({
    ...record,
    tokenUsage: addUsage(record.tokenUsage, data.usage),
    costUsd: addCost(record.costUsd, data.costUsd),
    estimated: record.estimated || isEstimated(data),
  }));
}

export function countRun(
  usage: SessionUsage,
  event: FoldableEvent,
  sessionModel: string | null,
): SessionUsage {
  const { model, agentId } = event.data;
  return update(usage, event, textOf(model) ?? sessionModel, textOf(agentId), (record) => ({
    ...record,
    runs: record.runs + 1,
  }));
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

function update(
  { records }: SessionUsage,
  { seq, timestamp }: FoldableEvent,
  model: string | null,
  agentId: string | null,
  change: (record: UsageRecord) => UsageRecord,
): SessionUsage {
  const key = boundedKey(records, { day: timestamp.slice(0, "2026-01-01".length), model, agentId });
  const text = keyText(key);
  const record = records.get(text) ?? {
    ...key,
    runs: 0,
    tokenUsage: NO_TOKENS,
    costUsd: 0,
    estimated: false,
  };
  return { records: records.set(text, change(record)), seq };
}

function boundedKey(records: PersistentMap<UsageRecord>, key: Key): Key {
  if (records.size < MAX_RECORDS || records.has(keyText(key))) return key;
  const coarser = { ...key, agentId: null };
  if (records.size < 2 * MAX_RECORDS || records.has(keyText(coarser))) return coarser;
  return { ...coarser, model: null };
}
