import type { JsonObject, RunSummary } from "session-protocol";
import type { FoundRun } from "../domain/reading.js";
import type { Recorder } from "../recorder.js";

/** The summary with what is too large for the index, read from the events that began and ended the run. */
export async function wholeSummary({ sessions }: Recorder, run: FoundRun): Promise<RunSummary> {
  const { summary, startSeq, endSeq, isLarge } = run;
  const dataAt = async (seq: number | null): Promise<JsonObject> =>
    seq === null ? {} : ((await sessions.event(summary.sessionId, seq))?.data ?? {});
  const whole = { ...summary };
  if (isLarge.input) whole.input = (await dataAt(startSeq)).input ?? null;
  if (!isLarge.output && !isLarge.error) return whole;
  const { output = null, error = null } = await dataAt(endSeq);
  return { ...whole, output, error };
}

/** One after the other: the texts that have to be read may be large. */
export async function wholeSummaries(recorder: Recorder, runs: readonly FoundRun[]): Promise<RunSummary[]> {
  const summaries: RunSummary[] = [];
  for (const run of runs) summaries.push(await wholeSummary(recorder, run));
  return summaries;
}
