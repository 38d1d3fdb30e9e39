import type { JsonObject } from "session-protocol";
import type { Command } from "./decide.js";
import { RecorderError } from "./errors.js";
import { Orphans } from "./orphans.js";
import type { Session } from "./session.js";
import type { Receipt, Submission } from "./submission.js";

/** Has sessions list their children, whichever of the two came first. */
export class Families {
  readonly #orphans = new Orphans();

  constructor(private readonly submit: (sessionId: string, submission: Submission) => Promise<Receipt>) {}

  /** The same receipt, once the session it may have created is linked. */
  async linking(submitted: Promise<Receipt>): Promise<Receipt> {
    const receipt = await submitted;
    if (receipt.created) await this.link(receipt.session);
    return receipt;
  }

  /**
   * Has the session's parent list it, and lists children that came before it.
   * However often this is tried, a child is listed once.
   */
  async link({ sessionId, profile: { parentSession } }: Session): Promise<void> {
    if (parentSession !== null) await this.#link(parentSession, sessionId);
    for (const child of this.#orphans.take(sessionId)) await this.#link(sessionId, child);
  }

  async #link(parent: string, child: string): Promise<void> {
    const data: JsonObject = { subsession: child };
    const link: Command = { type: "subsession_linked", data, raw: JSON.stringify(data) };
    try {
      await this.submit(parent, { commands: [link] });
    } catch (error) {
      if (!(error instanceof RecorderError)) throw error;
      this.#orphans.add(parent, child);
    }
  }
}
