import { mixedBatch } from "../events.mjs";
import { download, readOnce } from "../load/download.mjs";
import { createSession, sendBatches, spreadOver } from "../recorder.mjs";
import { SERVICE } from "../scenario.mjs";

const EVENTS = 100_000;
const FILE_STREAM = "bare file stream of the same bytes";

/** @type {import("../scenario.mjs").Scenario} */
export const readLog = {
  name: "read-log",
  work: "NDJSON read of a 100,000-event session",
  unit: "ms",
  targets: [{ contestant: SERVICE, against: FILE_STREAM, atMost: 3 }],
  async prepare(bench) {
    const service = await bench.service();
    await createSession(service, "bench");
    await sendBatches(service, spreadOver(["bench"], EVENTS, mixedBatch));
    await service.settle();
    const url = `${service.url}/api/sessions/bench/events`;
    const { bytes } = await readOnce(url, bench.path("log"));
    const fileStream = await bench.baseline("file-stream", bench.path("log"));
    /** @param {string} address */
    const read = async (address) => {
      const detail = await download(address);
      if (detail.bytes !== bytes) throw new Error(`${address} gave ${detail.bytes} bytes of ${bytes}`);
      return { value: detail.milliseconds, detail };
    };
    return { [SERVICE]: () => read(url), [FILE_STREAM]: () => read(fileStream.url) };
  },
};
