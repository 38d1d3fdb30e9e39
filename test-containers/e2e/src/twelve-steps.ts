import assert from "node:assert/strict";
import type { SessionEvent } from "session-protocol";
import { deedsOf, deedsOfKilledMailbox, EXPECTED_DEEDS } from "./checks/deeds.js";
import { checkEffects } from "./checks/effects.js";
import { breakThings } from "./checks/faults.js";
import { checkLive } from "./checks/live.js";
import { checkDeeds, checkMetadata, checkState, checkWhole } from "./checks/recorded.js";
import { checkResume } from "./checks/resume.js";
import { AGENTS, placeOf, type Fleet } from "./fleet/fleet.js";
import type { Follower } from "./live/follower.js";
import { followByServerSentEvents } from "./live/sse-follower.js";
import { followByWebSocket } from "./live/ws-follower.js";
import { ModelControl } from "./model-control.js";
import { ServiceClient } from "./service-client.js";
import type { Steps } from "./steps.js";

/** Packages are fetched, and some gigabytes written. */
const BUILD_LIMIT_MS = 900_000;

export interface Settings {
  readonly fleet: Fleet;
  readonly steps: Steps;
  /** Names the sessions of this run. */
  readonly round: string;
  /** Whether it is known what the model says. */
  readonly isScripted: boolean;
}

/** The twelve steps, in turn. */
export class TwelveSteps {
  readonly #fleet: Fleet;
  readonly #steps: Steps;
  readonly #round: string;
  readonly #isScripted: boolean;
  readonly #client: ServiceClient;
  #followers: readonly Follower[] = [];

  constructor({ fleet, steps, round, isScripted }: Settings) {
    this.#fleet = fleet;
    this.#steps = steps;
    this.#round = round;
    this.#isScripted = isScripted;
    this.#client = new ServiceClient(() => fleet.serviceUrl());
  }

  async run(): Promise<void> {
    const steps = this.#steps;
    const fleet = this.#fleet;
    await steps.step("what it takes is there", () => fleet.checkEngine());
    await steps.step("everything builds", () => fleet.build(), BUILD_LIMIT_MS);
    await steps.step("the service is healthy", () => this.#startServices());
    await steps.step("three agents start", () => this.#startAgents());
    await steps.step("all three are at work", () => this.#atWork());
    await steps.step("all three end well, the rest stays up", () => this.#endWell(this.#round));
    await steps.step("three sessions, of the right users, containers", () => this.#whose());
    await steps.step("their state: goals, agents, phases", () => this.#states());
    await steps.step("actions and answers, in order, with tokens", () => this.#deeds());
    const stored = await steps.step("live readers saw what is stored", () => this.#live([this.#round]));
    await steps.step("killed, killed and cut off, nothing is missing", () => this.#faults(stored));
    await steps.step("a fresh container goes on, and remembers", () => this.#resume());
  }

  close(): void {
    for (const follower of this.#followers) follower.close();
  }

  async #startServices(): Promise<string> {
    await this.#fleet.startServices();
    const { status } = await this.#client.get<{ status: string }>("/health");
    assert.equal(status, "ok");
    return this.#fleet.serviceUrl();
  }

  async #startAgents(): Promise<void> {
    const address = (): Promise<string> => this.#fleet.serviceUrl();
    this.#followers = [await followByWebSocket(address), await followByServerSentEvents(address)];
    await this.#fleet.startAgents(this.#round);
  }

  async #atWork(): Promise<void> {
    const hasAnswers = ({ responses }: { responses: readonly unknown[] }): boolean => responses.length > 0;
    for (const agent of AGENTS)
      await this.#client.until(placeOf(agent, this.#round).sessionId, "to have an answer", hasAnswers);
  }

  async #endWell(round: string): Promise<void> {
    for (const agent of AGENTS) {
      const { code, output } = await this.#fleet.agentEnded(agent);
      assert.equal(code, 0, `${agent} ended with code ${code}:\n${output}`);
      const isEnded = ({ metadata }: { metadata: { status: string } }): boolean =>
        metadata.status === "completed";
      await this.#client.until(placeOf(agent, round).sessionId, "to be completed", isEnded);
    }
    for (const name of ["service", "model-api"] as const) assert.ok(await this.#fleet.isUp(name), name);
  }

  async #whose(): Promise<void> {
    for (const agent of AGENTS) {
      const place = placeOf(agent, this.#round);
      checkMetadata(await this.#client.session(place.sessionId), agent, place);
    }
  }

  async #states(): Promise<void> {
    if (!this.#isScripted) return;
    for (const agent of AGENTS) {
      const { sessionId } = placeOf(agent, this.#round);
      checkState(await this.#client.session(sessionId), await this.#client.events(sessionId), agent);
    }
  }

  async #deeds(): Promise<void> {
    for (const agent of AGENTS) {
      const { sessionId } = placeOf(agent, this.#round);
      const session = await this.#client.session(sessionId);
      checkDeeds(session, agent, this.#isScripted);
      if (this.#isScripted) await checkEffects(this.#fleet, session, agent);
    }
  }

  /** Answers what is stored of these rounds, all of it. */
  async #live(rounds: readonly string[]): Promise<SessionEvent[]> {
    const places = rounds.flatMap((round) => AGENTS.map((agent) => placeOf(agent, round)));
    const stored = (await Promise.all(places.map((place) => checkWhole(this.#client, place)))).flat();
    for (const follower of this.#followers) await checkLive(follower, stored);
    return stored;
  }

  async #faults(before: readonly SessionEvent[]): Promise<string> {
    const round = `${this.#round}-faults`;
    const model = new ModelControl(await this.#fleet.modelUrl());
    await breakThings(this.#fleet, this.#client, model, round);
    await this.#endWell(round);
    if (this.#isScripted) await this.#checkBroken(round);
    const stored = await this.#live([this.#round, round]);
    assert.deepEqual(stored.slice(0, before.length), before, "what was stored before is untouched");
    for (const { kind, breaks } of this.#followers) assert.ok(breaks > 0, `${kind} was broken off`);
    return `${stored.length} events`;
  }

  /** They did what they did undisturbed; only the mailbox that was killed left a run behind and began its letter anew. */
  async #checkBroken(round: string): Promise<void> {
    for (const agent of AGENTS) {
      const { sessionId } = placeOf(agent, round);
      const session = await this.#client.session(sessionId);
      const undisturbed = EXPECTED_DEEDS[agent];
      const expected = agent === "email-solver" ? deedsOfKilledMailbox(undisturbed) : undisturbed;
      assert.deepEqual(deedsOf(session), expected, `what ${agent} did`);
      await checkEffects(this.#fleet, session, agent);
      const ends = (await this.#client.runs(sessionId)).map(({ status }) => status);
      const left = ends.filter((status) => status !== "completed");
      assert.deepEqual(left, agent === "email-solver" ? ["interrupted"] : [], `runs of ${agent}`);
    }
  }

  #resume(): Promise<string> {
    return checkResume(this.#fleet, this.#client, this.#round, this.#isScripted);
  }
}
