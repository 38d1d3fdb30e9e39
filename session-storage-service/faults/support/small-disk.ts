import { onTestFinished } from "vitest";
import { run } from "./command.js";
import { temporaryFolder } from "./folders.js";

/** A mounted tmpfs that gives ENOSPC once `megabytes` are used. */
export async function smallDisk(megabytes: number): Promise<string> {
  const folder = await temporaryFolder();
  await run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder);
  onTestFinished(async () => {
    await run("umount", folder);
  });
  return folder;
}
