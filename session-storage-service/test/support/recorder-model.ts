import fc from "fast-check";
import type { ForkOrigin } from "session-protocol";
import type { Command } from "../../src/domain/decide.js";
import { NO_PRICES } from "../../src/domain/prices.js";
import { StorageFull } from "../../src/domain/errors.js";
import type { StoredEvent } from "../../src/domain/events.js";
import type { Session } from "../../src/domain/session.js";
import { Sessions } from "../../src/domain/sessions.js";
import { anyCommand, command } from "./commands.js";
import { NOON } from "./events.js";
import { MemoryArchive } from "./memory-archive.js";
import { MemoryJournal } from "./memory-journal.js";

export const SESSION_IDS = ["s1", "s2", "s3"];
const sessionId = fc.constantFrom(...SESSION_IDS);

/** Something a client does. */
export const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("submit" as const),
      sessionId,
      commands: fc.array(anyCommand, { minLength: 1, maxLength: 4 }),
      create: fc.boolean(),
      producer: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("create" as const),
      sessionId,
      parent: fc.option(sessionId, { nil: undefined }),
    }),
  },
  fc.record({ kind: fc.constant("delete" as const), sessionId }),
  fc.record({ kind: fc.constant("fork" as const), sessionId, target: sessionId }),
  fc.record({ kind: fc.constant("trim" as const), sessionId }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("get" as const), sessionId }) },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What became of a submission. Each of its commands carries one of the marks. */
export interface Submitted {
  readonly marks: readonly number[];
  accepted: boolean;
}

/** Everything that was announced to readers of one session since it was created. */
export interface Announced {
  readonly events: readonly StoredEvent[];
  readonly session: Session;
}

/** Sessions over a journal and files in memory, where the scheduler decides what happens next. */
export class RecorderModel {
  readonly journal = new MemoryJournal();
  readonly announced: Announced[] = [];
  readonly submitted: Submitted[] = [];
  /** What readers were given. */
  readonly shown: Session[] = [];
  readonly sessions: Sessions;
  readonly #histories = new Map<string, readonly StoredEvent[]>();
  #made = 0;
  #marks = 0;

  constructor(scheduler: fc.Scheduler, commitFails: () => boolean, maxSessions: number) {
    const archive = new MemoryArchive((what) => scheduler.schedule(Promise.resolve(), what));
    this.journal.onWaiting = () => {
      void scheduler.schedule(Promise.resolve(), "commit").then(() => {
        if (commitFails()) this.journal.fail(new StorageFull());
        else this.journal.commit();
      });
    };
    this.sessions = new Sessions({
      journal: this.journal,
      archive,
      limits: { maxSessions, maxIdBytes: 1 },
      makeId: () => `made-${String((this.#made += 1))}`,
      timestamp: () => NOON,
      costOf: NO_PRICES,
      runOwners: async () => {
        await scheduler.schedule(Promise.resolve(), "runOwners");
        return this.runOwners();
      },
      maxStateChars: 1_000_000,
      onHeard: () => undefined,
      onStored: (session, events) => {
        archive.apply(session, events);
        const before = events[0]?.seq === 1 ? [] : this.history(session.sessionId);
        const history = [...before, ...events];
        this.#histories.set(session.sessionId, history);
        this.announced.push({ events: history, session });
      },
    });
  }

  /** As the index tells it from what is durable, but for forks' copies. */
  runOwners(): Map<string, string> {
    const owners = new Map<string, string>();
    for (const [sessionId, events] of this.#histories) {
      const forkedFrom = events[0]?.data.forkedFrom as ForkOrigin | undefined;
      for (const { type, seq, data } of events) {
        if (type === "execution_started" && seq > (forkedFrom?.seq ?? 0))
          owners.set(String(data.runId), sessionId);
      }
    }
    return owners;
  }

  /** Events of the session since it was last created. */
  history(sessionId: string): readonly StoredEvent[] {
    return this.#histories.get(sessionId) ?? [];
  }

  async run(step: Step): Promise<void> {
    const { sessions } = this;
    switch (step.kind) {
      case "submit":
        return this.#submit(step);
      case "create":
        await sessions.create(step.sessionId, {
          data: { userId: "u", initial: {}, parentSession: step.parent },
        });
        return;
      case "delete":
        await sessions.delete(step.sessionId);
        return;
      case "fork":
        await sessions.fork(step.sessionId, step.target, {});
        return;
      case "get":
        this.shown.push(await sessions.get(step.sessionId));
        return;
      case "trim":
        sessions.trim();
    }
  }

  async #submit({ sessionId, commands, create, producer }: Extract<Step, { kind: "submit" }>): Promise<void> {
    const marked = commands.map((one) => this.#marked(one));
    const submitted: Submitted = {
      marks: marked.map(({ data }) => data.mark as number),
      accepted: false,
    };
    this.submitted.push(submitted);
    await this.sessions.submit(sessionId, {
      commands: marked,
      create: create ? { data: { userId: "u", initial: {} } } : undefined,
      producer: producer ? { id: "p", recorded: 1, dropped: 0 } : undefined,
    });
    submitted.accepted = true;
  }

  #marked({ type, data, id }: Command): Command {
    this.#marks += 1;
    return command(type, { ...data, mark: this.#marks }, { id });
  }
}
