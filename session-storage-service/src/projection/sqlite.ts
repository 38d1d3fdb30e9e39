import Database from "libsql";

/** What may be bound. The binding ends the process on anything else, booleans among them. */
export type SqlValue = string | number | null;
export type Row = readonly unknown[];

/**
 * A thin layer over libsql. Reads run to their end at once, since a statement left half read locks its
 * tables. Numbers are bound as REAL; columns of type INTEGER take them as integers.
 */
export class Sqlite {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(file: string) {
    this.#database = new Database(file);
  }

  rows(sql: string, ...values: SqlValue[]): Row[] {
    return this.#prepare(sql, true).all(values) as Row[];
  }

  run(sql: string, ...values: SqlValue[]): number {
    return this.#prepare(sql, false).run(values).changes;
  }

  /** Statements without values, not kept for reuse. */
  execute(sql: string): void {
    this.#database.exec(sql);
  }

  /** All of `work` or, where it throws, nothing of it. */
  transaction<T>(work: () => T): T {
    this.run("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /**
   * Writes the write-ahead log back, durably, and empties it. False where another process reads the file
   * just now: then that has to wait.
   */
  checkpoint(): boolean {
    const [row] = this.rows("PRAGMA wal_checkpoint(TRUNCATE)");
    return Number(row?.[0]) === 0;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /** SQLite has rolled back by itself after some errors, a full disk among them. */
  #rollBack(): void {
    if (this.#database.inTransaction) this.run("ROLLBACK");
  }

  #prepare(sql: string, reads: boolean): Database.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (reads) statement.raw();
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Text columns are read as BLOB: the binding ends the process on a text that is not UTF-8. */
export function asText(value: unknown): string {
  return (value as Buffer).toString("utf8");
}

/** Text as it can be bound: without NUL, at which a text read back would end, and without lone surrogates. */
export function bindable(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, "\ufffd").replaceAll("\0", "\u2400");
}

/** Whether the file's content is broken, as opposed to the disk having no room or failing. */
export function isDamage(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB";
}
