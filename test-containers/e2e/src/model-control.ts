import { until } from "./until.js";

interface HoldState {
  readonly name: string;
  readonly waiting: number;
}

/** Keeps answers of the scripted model back at known steps, such as `briefing/6`. */
export class ModelControl {
  constructor(private readonly url: string) {}

  async hold(step: string): Promise<void> {
    await this.#call("PUT", `/holds/${step}`);
  }

  async release(step: string): Promise<void> {
    await this.#call("DELETE", `/holds/${step}`);
  }

  async releaseAll(): Promise<void> {
    await this.#call("DELETE", "/holds");
  }

  /** Resolves when somebody waits for the answer of that step. */
  async reached(step: string): Promise<void> {
    await until(`an agent to ask for ${step}`, async () => {
      const holds = (await this.#call("GET", "/holds")) as HoldState[];
      return holds.some(({ name, waiting }) => name === step && waiting > 0) || undefined;
    });
  }

  async #call(method: string, path: string): Promise<unknown> {
    const response = await fetch(this.url + path, { method });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  }
}
