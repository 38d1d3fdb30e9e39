import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The password that an agent logged in with, and put into what it recorded, is in no file. */
export function checkSecret(folder: string, secret: string): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  assert.ok(files.length > 0, `there are files in ${folder}`);
  for (const { parentPath, name } of files)
    assert.ok(!readFileSync(join(parentPath, name)).includes(secret), `${name} holds the password`);
}
