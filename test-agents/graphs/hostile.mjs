import "container-hook-agent/langgraph";
import { Annotation, START, StateGraph } from "@langchain/langgraph";

/** State that cannot be read, and errors that are none. */
const State = Annotation.Root({ value: Annotation({ reducer: (_, next) => next, default: () => null }) });
const unreadable = {
  get secret() {
    throw new Error("not for you");
  },
};
const cyclic = { big: 2n ** 70n, when: new Date(NaN) };
cyclic.self = cyclic;

const run = (value, fails) =>
  new StateGraph(State)
    .addNode("odd", async () => {
      if (fails) throw value;
      return { value };
    })
    .addEdge(START, "odd")
    .compile({ name: "hostile" })
    .invoke({ value })
    .then(
      (state) => state.value === value,
      (error) => error === value,
    );
console.log(
  JSON.stringify([
    await run(unreadable),
    await run(cyclic),
    await run(Object.create(null)),
    await run(Object.create(null), true),
  ]),
);
