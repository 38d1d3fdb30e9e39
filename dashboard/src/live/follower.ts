import type { SessionEvent } from "session-protocol";
import { reconnectDelayMs } from "./reconnect-delay.js";
import type { Frame } from "./frame.js";

/** What the follower needs of a browser's WebSocket. */
export interface Socket {
  onmessage: ((message: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(): void;
}

export interface Surroundings {
  connect(url: URL): Socket;
  readonly random: () => number;
  setTimer(work: () => void, afterMs: number): number;
  clearTimer(timer: number): void;
}

/**
 * `live`: the service answers and everything up to now was told. `replaying`: it answers, and what was missed is
 * on its way. `waiting`: no connection; another try follows. `ended`: the service refused (its error code),
 * has another store than it had (`other_store`), or this was `closed`.
 */
export type LinkState =
  | { readonly kind: "connecting" | "replaying" | "live" }
  | { readonly kind: "waiting"; readonly attempt: number }
  | { readonly kind: "ended"; readonly reason: string };

export interface Following {
  /** Where the service's `/ws` is. */
  readonly address: URL;
  /** Undefined: all sessions, counted by `offset`; else one session, counted by `seq`. */
  readonly sessionId: string | undefined;
  /** The last number seen. */
  readonly after: number;
  /** In order, each once; several at a time. */
  readonly onEvents: (events: readonly SessionEvent[]) => void;
  readonly onState: (state: LinkState) => void;
}

/** How often an idle connection is tried, and how long an answer may take. */
const PING_MS = 15_000;
const PONG_MS = 8_000;
/** What arrives within this time is told together. */
const GATHER_MS = 40;
/** At most so many events wait to be told. */
const MAX_GATHERED = 2_000;

/**
 * Follows a session, or all of them, over any number of connections: every event after `after`, in order, once,
 * however long the page slept. What was missed comes from the service's storage, never from this page.
 */
export class Follower {
  #last: number;
  #socket: Socket | undefined;
  #state: LinkState = { kind: "connecting" };
  #attempt = 0;
  /** The number up to which the service had stored when this connection began. */
  #head = 0;
  #gathered: SessionEvent[] = [];
  #gathering: number | undefined;
  #timer: number | undefined;

  constructor(
    private readonly following: Following,
    private readonly around: Surroundings,
  ) {
    this.#last = following.after;
    this.#connect();
  }

  /** The last number that was told or is about to be. */
  get last(): number {
    return this.#last;
  }

  /** The machine woke up, or the network came back: see at once whether the connection still holds. */
  wake(): void {
    if (this.#state.kind === "ended") return;
    if (this.#socket === undefined) this.#connect();
    else this.#ping();
  }

  close(): void {
    this.#end("closed");
  }

  #connect(): void {
    this.#clear();
    const { address, sessionId } = this.following;
    const url = new URL(address);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (sessionId !== undefined) url.searchParams.set("session", sessionId);
    url.searchParams.set("after", String(this.#last));
    if (this.#state.kind !== "connecting") this.#tell({ kind: "connecting" });
    const socket = this.around.connect(url);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#receive(JSON.parse(String(data)) as Frame);
    };
    socket.onerror = () => undefined;
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
    // A connection that is never established is given up like one that does not answer.
    this.#expect(PONG_MS);
  }

  #receive(frame: Frame): void {
    this.#expectPing();
    switch (frame.type) {
      case "connected":
        this.#greeted(this.following.sessionId === undefined ? frame.head : (frame.lastSeq ?? 0));
        return;
      case "error":
        this.#end(frame.code);
        return;
      case "pong":
        return;
      default:
        this.#take(frame);
    }
  }

  #greeted(head: number): void {
    this.#attempt = 0;
    this.#head = head;
    // Numbers only grow: the service has another store than before, and its numbers mean other events.
    if (head < this.#last) this.#end("other_store");
    else this.#tell({ kind: head === this.#last ? "live" : "replaying" });
  }

  #take(event: SessionEvent): void {
    const { sessionId } = this.following;
    const number = sessionId === undefined ? event.offset : event.seq;
    if (number <= this.#last) return;
    // A hole would mean that something was lost on the way: ask for it again.
    if (sessionId !== undefined && number !== this.#last + 1) {
      this.#lost();
      return;
    }
    this.#last = number;
    this.#gathered.push(event);
    if (this.#gathered.length >= MAX_GATHERED) this.#flush();
    else this.#gathering ??= this.around.setTimer(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    if (this.#gathering !== undefined) this.around.clearTimer(this.#gathering);
    this.#gathering = undefined;
    const events = this.#gathered;
    this.#gathered = [];
    if (events.length > 0) this.following.onEvents(events);
    if (this.#state.kind === "replaying" && this.#last >= this.#head) this.#tell({ kind: "live" });
  }

  #expectPing(): void {
    this.#rest();
    this.#timer = this.around.setTimer(() => this.#ping(), PING_MS);
  }

  #ping(): void {
    if (this.#state.kind === "connecting") return;
    this.#socket?.send('{"type":"ping"}');
    this.#expect(PONG_MS);
  }

  #expect(withinMs: number): void {
    this.#rest();
    this.#timer = this.around.setTimer(() => this.#lost(), withinMs);
  }

  #lost(): void {
    this.#clear();
    this.#attempt += 1;
    this.#tell({ kind: "waiting", attempt: this.#attempt });
    this.#timer = this.around.setTimer(
      () => this.#connect(),
      reconnectDelayMs(this.#attempt, this.around.random),
    );
  }

  #end(reason: string): void {
    if (this.#state.kind === "ended") return;
    this.#clear();
    this.#flush();
    this.#tell({ kind: "ended", reason });
  }

  /** Lets go of the connection; whatever it still brings is not taken. */
  #clear(): void {
    this.#rest();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #rest(): void {
    if (this.#timer !== undefined) this.around.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #tell(state: LinkState): void {
    this.#state = state;
    this.following.onState(state);
  }
}
