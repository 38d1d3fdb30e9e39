import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logAction, updateState } from "container-hook-agent";
import { LoginRefused, type LoginMethod, type Mailbox } from "./mailbox.js";

/** Opens the mailbox by the token of an earlier run, else by password. */
export function login(mailbox: Mailbox, user: string, password: string): void {
  const file = join(mailbox.folder, ".token");
  const token = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  try {
    attempt(user, "token", {}, () => mailbox.check(token));
  } catch (error) {
    if (!(error instanceof LoginRefused)) throw error;
    attempt(user, "password", { password }, () => {
      writeFileSync(file, mailbox.login(user, password), { mode: 0o600 });
    });
  }
}

function attempt(user: string, method: LoginMethod, secret: object, work: () => void): void {
  const about = { type: "authentication", service: "mailbox", method, input: { user, ...secret } };
  try {
    work();
    logAction({ ...about, outcome: "granted" });
    updateState({ authentication: { mailbox: { user, method, status: "granted" } } });
  } catch (error) {
    logAction({ ...about, outcome: "refused", error: (error as Error).message });
    throw error;
  }
}
