import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { run } from "./command.js";

const SERVICE_MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const TOOLS = ["strace", "mkfs.ext4", "losetup", "mount", "umount", "python3"];

/** Stops the whole run with a reason; a fault that cannot be made is a failure, never a skip. */
export default async function setup(): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Error("the fault tests need root: they mount loop devices and tmpfs, and trace the service");
  }
  for (const tool of TOOLS) {
    await run("sh", "-c", `command -v ${tool}`).catch(() => {
      throw new Error(`the fault tests need ${tool}; scripts/test.sh installs it`);
    });
  }
  await access(SERVICE_MAIN).catch(() => {
    throw new Error(`${SERVICE_MAIN} is missing: npm run build first`);
  });
}
