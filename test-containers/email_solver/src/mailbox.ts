import { createHmac, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How somebody showed who they are. */
export type LoginMethod = "token" | "password";

export class LoginRefused extends Error {
  constructor(method: LoginMethod, reason: string) {
    super(`login by ${method} refused: ${reason}`);
    this.name = "LoginRefused";
  }
}

interface Account {
  readonly user: string;
  readonly salt: string;
  readonly hash: string;
  /** Signs the tokens. */
  readonly key: string;
}

const TOKEN_SECONDS = 3_600;
const hashOf = (password: string, salt: string): string => scryptSync(password, salt, 32).toString("hex");

/** A folder of letters that opens to who knows its password, or has a token that it gave out. */
export class Mailbox {
  readonly folder: string;
  readonly #account: Account;

  constructor(folder: string, account: Account) {
    this.folder = folder;
    this.#account = account;
  }

  /** A mailbox that does not exist yet is made from what was shipped, and gets this password. */
  static at(folder: string, shipped: string, user: string, password: string): Mailbox {
    const file = join(folder, "account.json");
    if (!existsSync(file)) {
      cpSync(shipped, folder, { recursive: true });
      for (const name of ["done", "quarantine", "outbox"]) mkdirSync(join(folder, name), { recursive: true });
      const salt = randomBytes(16).toString("hex");
      const account = { user, salt, hash: hashOf(password, salt), key: randomBytes(32).toString("hex") };
      writeFileSync(file, JSON.stringify(account), { mode: 0o600 });
    }
    return new Mailbox(folder, JSON.parse(readFileSync(file, "utf8")) as Account);
  }

  /** Answers a token for the next hour. */
  login(user: string, password: string): string {
    const { user: owner, salt, hash } = this.#account;
    const given = Buffer.from(hashOf(password, salt));
    if (user !== owner || !timingSafeEqual(given, Buffer.from(hash)))
      throw new LoginRefused("password", "wrong user or password");
    const until = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
    return `${until}.${this.#sign(`${until}`)}`;
  }

  /** @throws LoginRefused */
  check(token: string | undefined): void {
    if (token === undefined) throw new LoginRefused("token", "there is none yet");
    const [until = "", signature = ""] = token.split(".");
    const isSigned = timingSafeEqual(hash(signature), hash(this.#sign(until)));
    if (!isSigned) throw new LoginRefused("token", "its signature is wrong");
    if (Number(until) < Date.now() / 1_000) throw new LoginRefused("token", "it has expired");
  }

  /** What is still to be done, by name. */
  list(): string[] {
    return readdirSync(join(this.folder, "inbox"))
      .filter((name) => name.endsWith(".eml"))
      .map((name) => name.slice(0, -".eml".length))
      .sort();
  }

  read(id: string): Buffer {
    return readFileSync(join(this.folder, "inbox", `${id}.eml`));
  }

  /** Takes a letter out of the inbox. */
  file(id: string, where: "done" | "quarantine"): void {
    renameSync(join(this.folder, "inbox", `${id}.eml`), join(this.folder, where, `${id}.eml`));
  }

  /** Puts a letter where the mail server takes it from; answers the file. Sent again it takes its own place. */
  send(id: string, message: Buffer): string {
    const file = join("outbox", `re-${id}.eml`);
    writeFileSync(join(this.folder, `${file}.new`), message);
    renameSync(join(this.folder, `${file}.new`), join(this.folder, file));
    return file;
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#account.key).update(text).digest("hex");
  }
}

/** Of one length, whatever was given. */
const hash = (text: string): Buffer => createHmac("sha256", "compare").update(text).digest();
