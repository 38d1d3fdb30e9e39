import type { Fault } from "./fault-proxy.js";

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** As `contract/README.md` has them. */
export type Step =
  | { readonly do: "start"; readonly as: string; readonly options?: object }
  | CallStep
  | { readonly do: "fault"; readonly fault: Fault }
  | { readonly do: "restart"; readonly settings?: Readonly<Record<string, string>> }
  | EndStep
  | { readonly do: "pause"; readonly ms: number }
  | { readonly do: "stored"; readonly notes: number }
  | { readonly do: "becomes"; readonly status: string }
  | ExpectStep;

export interface CallStep {
  readonly do: "call";
  readonly as: string;
  readonly call: string;
  readonly expect?: unknown;
  readonly until?: unknown;
}

export interface EndStep {
  readonly do: "end";
  readonly as: string;
  readonly signal?: NodeJS.Signals;
  readonly call?: string;
  readonly code?: number;
  readonly expect?: object;
}

export interface ExpectStep {
  readonly do: "expect";
  readonly ordered?: number;
  readonly seen?: { readonly from: number; readonly to: number; readonly without?: readonly number[] };
  readonly newest?: number;
  readonly dropped?: number;
  readonly actions?: readonly object[];
  readonly runs?: readonly object[];
  readonly requests?: number;
  readonly status?: string;
}
