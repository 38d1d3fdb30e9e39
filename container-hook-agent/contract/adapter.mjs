import { createInterface } from "node:readline";
import { createHookAgent } from "container-hook-agent";

let opened;
let clockMs = 0;

function agent() {
  if (opened === undefined) throw new Error("not opened");
  return opened;
}

const calls = {
  open({ options }) {
    opened = createHookAgent({ ...options, now: () => Date.now() + clockMs });
  },
  record({ from, count, textBytes, texts }) {
    const text = textBytes === undefined ? {} : { text: "x".repeat(textBytes) };
    const many = texts === undefined ? {} : { texts: Array(texts[0]).fill("x".repeat(texts[1])) };
    let slowestMs = 0;
    for (let n = from; n < from + count; n += 1) {
      const startedMs = performance.now();
      agent().logAction({ type: "note", n, ...text, ...many });
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    }
    return { slowestMs };
  },
  strange() {
    const cycle = {};
    cycle.self = cycle;
    const at = new Date("2026-01-02T03:04:05.678Z");
    const big = 12345678901234567890n;
    agent().logAction({ type: "strange", cycle, big, at, nan: NaN, bytes: new Uint8Array(3) });
  },
  durable: ({ n }) => agent().logAction({ type: "note", n }, { durable: true, timeoutMs: 60_000 }),
  invoke: ({ method, arguments: given }) => agent()[method](...given),
  clock({ byMs }) {
    clockMs += byMs;
  },
  exit({ code }) {
    process.exit(code);
  },
  crash() {
    setImmediate(() => {
      throw new Error("a bug of the host's");
    });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, call, ...given } = JSON.parse(line);
  try {
    const answer = (await calls[call]?.(given)) ?? null;
    process.stdout.write(`${JSON.stringify({ id, answer })}\n`);
  } catch (error) {
    const { name, message } = error;
    process.stdout.write(`${JSON.stringify({ id, error: { name, message } })}\n`);
  }
}
