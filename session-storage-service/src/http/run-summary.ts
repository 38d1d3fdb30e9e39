import type { JsonObject, RunSummary } from "session-protocol";
import { RunNotFound } from "../domain/errors.js";
import type { FoundRun } from "../domain/reading.js";
import type { Recorder } from "../recorder.js";

const PIECE_CHARS = 65_536;

/**
 * The summary with what is too large for the index, read from the events that began and ended the run.
 * @throws RunNotFound where its time was over before it was read
 */
export async function wholeSummary({ sessions }: Recorder, run: FoundRun): Promise<RunSummary> {
  const { summary, startSeq, endSeq, isLarge } = run;
  const dataAt = async (seq: number | null): Promise<JsonObject> => {
    if (seq === null) return {};
    const event = await sessions.event(summary.sessionId, seq);
    if (event === undefined || event.expired === true) throw new RunNotFound(summary.runId);
    return event.data;
  };
  const whole = { ...summary };
  if (isLarge.input) whole.input = (await dataAt(startSeq)).input ?? null;
  if (!isLarge.output && !isLarge.error) return whole;
  const { output = null, error = null } = await dataAt(endSeq);
  return { ...whole, output, error };
}

function absent(error: unknown): undefined {
  if (!(error instanceof RunNotFound)) throw error;
}

/** A JSON array of what `shown` makes of them, one after the other: the texts that have to be read may be large. */
export async function* summaryArray(
  recorder: Recorder,
  runs: readonly FoundRun[],
  shown: (run: RunSummary) => object = (run) => run,
): AsyncGenerator<Buffer> {
  let text = "[";
  let separator = "";
  for (const run of runs) {
    const summary = await wholeSummary(recorder, run).catch(absent);
    if (summary === undefined) continue;
    text += separator + JSON.stringify(shown(summary));
    separator = ",";
    if (text.length < PIECE_CHARS) continue;
    yield Buffer.from(text);
    text = "";
  }
  yield Buffer.from(`${text}]`);
}
