import { objectOf, objectsOf, textOf } from "../conversation/fields.js";
import type { HookAgent } from "../hook-agent.js";
import { idPart } from "../record-calls.js";

interface Todo {
  readonly goalId: string;
  status: string;
}

/** The list that the model keeps of what there is to do, written anew with every change: each entry is a goal. */
export class Todos {
  readonly #agent: HookAgent;
  readonly #prefix: string;
  readonly #known = new Map<string, Todo>();

  constructor(agent: HookAgent, runId: string) {
    this.#agent = agent;
    this.#prefix = `todo-${idPart(runId).slice(-12)}`;
  }

  /** The input of a call that has written the list. */
  take(input: unknown): void {
    for (const { description, status } of objectsOf(objectOf(input)?.todos)) {
      const text = textOf(description);
      if (text !== undefined) this.#put(text, textOf(status) ?? "pending");
    }
  }

  #put(description: string, status: string): void {
    const known = this.#known.get(description);
    if (known === undefined) {
      const goalId = `${this.#prefix}-${this.#known.size + 1}`;
      this.#known.set(description, { goalId, status });
      this.#agent.addGoal({ id: goalId, description, status });
    } else if (known.status !== status) {
      known.status = status;
      this.#agent.updateGoal(known.goalId, { status });
    }
  }
}
