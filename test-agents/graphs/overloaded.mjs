import "container-hook-agent/langgraph";
import { given, model, parallel } from "./graphs.mjs";

const ask = async ({ messages }) => ({ messages: [await model(new Error("overloaded")).invoke(messages)] });
console.log(
  await parallel({ ask })
    .invoke(given())
    .catch(({ message }) => message),
);
