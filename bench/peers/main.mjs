import { runBench } from "../run.mjs";
import { peers } from "./scenario.mjs";

await runBench([peers], "peers-");
