import type { Client } from "./client.js";
import { Ledger, type Write } from "./ledger.js";
import { waitFor } from "./waiting.js";
import { redeliver, Writer, type Outcome } from "./writer.js";

/** Several writers of several sessions, and the ledger of what they were told. */
export class Crew {
  readonly ledger = new Ledger();
  readonly writers: readonly Writer[];

  /** Every session has a writer of single events and one of batches, all but the first one of state changes. */
  constructor(name: string, sessions = 3) {
    const ids = Array.from({ length: sessions }, (_, n) => `${name}-${n}`);
    this.writers = ids.flatMap((sessionId, n) => {
      this.ledger.open(sessionId);
      const kinds = n === 0 ? (["single", "batch"] as const) : (["single", "batch", "state"] as const);
      return kinds.map((kind) => new Writer(`${kind} of ${sessionId}`, sessionId, kind, this.ledger));
    });
  }

  async openSessions(client: Client): Promise<void> {
    for (const sessionId of this.ledger.sessions) await client.createSession(sessionId);
  }

  /** Ids of events sent but not acknowledged. */
  inDoubt(): Set<string> {
    const writes = this.ledger.sessions.flatMap((sessionId) => this.ledger.writes(sessionId));
    const open = writes.filter(({ firstSeq }) => firstSeq === undefined);
    return new Set(open.flatMap(({ events }) => events.map(({ id }) => id)));
  }

  /** Ids of everything the service has stored for these sessions. */
  async stored(client: Client): Promise<Set<string>> {
    const logs = await Promise.all(this.ledger.sessions.map((sessionId) => client.events(sessionId)));
    return new Set(logs.flat().map(({ id }) => id));
  }

  /** All writers at once, until each is stopped by the signal or by an answer that is no acknowledgement. */
  write(client: Client, signal?: AbortSignal): Promise<Outcome[]> {
    return Promise.all(this.writers.map((writer) => writer.run(client, signal)));
  }

  /** One writer with nobody beside it, until it is stopped likewise. */
  async writeAlone(client: Client): Promise<Outcome[]> {
    return Promise.all(this.writers.slice(0, 1).map((writer) => writer.run(client)));
  }

  /** Resolves once so many more events were acknowledged. */
  async acknowledges(more: number): Promise<void> {
    const goal = this.ledger.acknowledgedEvents + more;
    await waitFor(
      `${more} more acknowledged events`,
      () => this.ledger.acknowledgedEvents >= goal || undefined,
    );
  }

  /** One write each; the one in doubt, where there is one. */
  writeOnce(client: Client): Promise<Outcome[]> {
    return Promise.all(this.writers.map((writer) => writer.writeOnce(client)));
  }

  /** Delivers a few acknowledged writes of each session again, the last one among them: what is wrong with the answers. */
  redeliver(client: Client): Promise<string[]> {
    return redeliver(
      client,
      this.ledger.sessions.flatMap((sessionId) => sample(this.ledger.acknowledged(sessionId))),
    );
  }
}

function sample(writes: readonly Write[]): Write[] {
  return writes.filter((_, index) => index === writes.length - 1 || Math.random() < 3 / writes.length);
}
