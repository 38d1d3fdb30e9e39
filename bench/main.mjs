import { runBench } from "./run.mjs";
import { scenarios } from "./scenarios/index.mjs";

await runBench(scenarios, "");
