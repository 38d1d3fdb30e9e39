import "container-hook-agent/langgraph";
import { logAction, withContext } from "container-hook-agent";
import { given, model, parallel } from "./graphs.mjs";

/** Resolves for all once `count` have asked. */
function barrier(count) {
  let waiting = 0;
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return () => {
    waiting += 1;
    if (waiting === count) open();
    return opened;
  };
}

const WIDTH = 5;
const together = barrier(2 * WIDTH);

function branch(name) {
  return async () => {
    logAction({ type: "note", by: name });
    await together();
    const said = await model(name).invoke("x");
    logAction({ type: "note", by: name });
    withContext({ agentId: `helper-of-${name}` }, () =>
      logAction({ type: "note", by: name, isHelped: true }),
    );
    return { notes: [said.text] };
  };
}

/** Two runs of such a graph, in one process at once. */
const graphs = ["a", "b"].map((run) => {
  const names = Array.from({ length: WIDTH }, (_, i) => `${run}${i}`);
  return parallel(Object.fromEntries(names.map((name) => [name, branch(name)])), run);
});
const answers = await Promise.all(graphs.map((graph) => graph.invoke(given())));
logAction({ type: "note", by: undefined });
console.log(JSON.stringify(answers.map(({ notes }) => notes.length)));
