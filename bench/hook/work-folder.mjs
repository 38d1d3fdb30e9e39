import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../.bench");

/** An empty folder on disk: a temporary one may be memory. */
export async function workFolder() {
  await mkdir(ROOT, { recursive: true });
  return mkdtemp(join(ROOT, "hook-"));
}
