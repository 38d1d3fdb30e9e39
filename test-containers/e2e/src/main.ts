import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkSecret } from "./checks/secrets.js";
import { ComposeFleet } from "./fleet/compose-fleet.js";
import { LocalFleet } from "./fleet/local-fleet.js";
import { ROOT } from "./fleet/repository.js";
import { seconds, Steps } from "./steps.js";
import { TwelveSteps } from "./twelve-steps.js";

const { values } = parseArgs({ options: { local: { type: "boolean", default: false } } });
const form = values.local ? "local" : "compose";
const password = randomBytes(16).toString("hex");
const round = String(Math.floor(Date.now() / 1_000));
const isScripted = !process.env.ANTHROPIC_API_KEY;
const fleet = values.local
  ? new LocalFleet(password)
  : new ComposeFleet(password, `e2e-${round}-${process.pid}`);
const data = join(ROOT, ".test-output", `e2e-${form}`);
const steps = new Steps(12);
const twelve = new TwelveSteps({ fleet, steps, round, isScripted });

let finished: Promise<void> | undefined;

/** Once, however often it is asked for: by the end, a failure, a signal. */
const finish = (): Promise<void> => (finished ??= keepAndClose());

/** What was recorded is copied out in any case, to be read afterwards. */
async function keepAndClose(): Promise<void> {
  twelve.close();
  rmSync(data, { recursive: true, force: true });
  await fleet
    .copyData(data)
    .catch((error: unknown) => console.error(`the data was not kept: ${String(error)}`));
  await fleet.close();
}

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void finish().finally(() => process.exit(1)));

console.log(
  `End to end, ${form}: sessions test-…-${round}, ${isScripted ? "scripted model" : "the real model"}`,
);
try {
  await twelve.run();
  await finish();
  checkSecret(data, password);
  console.log(`${steps.passed} steps passed in ${seconds(steps.totalMs)} s. What was recorded is in ${data}`);
} catch (error) {
  console.error(error instanceof Error ? error.stack : error);
  console.error(await fleet.logs().catch(String));
  await finish();
  // What a step that took too long waits for may still be there.
  process.exit(1);
}
