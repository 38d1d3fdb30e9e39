import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mkdir } from "node:fs/promises";
import { onTestFinished } from "vitest";
import { run } from "./command.js";
import { temporaryFolder } from "./folders.js";
import { waitFor } from "./waiting.js";

const POWER_CUT = fileURLToPath(new URL("power-cut.py", import.meta.url));

/** An ext4 file system in a file, whose power can be cut. Unmounted when the test ends. */
export class Ext4Disk {
  readonly mountpoint: string;
  readonly #image: string;
  #device: string | undefined;

  private constructor(folder: string) {
    this.#image = join(folder, "disk.img");
    this.mountpoint = join(folder, "mnt");
  }

  static async create(megabytes: number): Promise<Ext4Disk> {
    const disk = new Ext4Disk(await temporaryFolder());
    await mkdir(disk.mountpoint);
    await run("truncate", "-s", `${megabytes}M`, disk.#image);
    await run("mkfs.ext4", "-q", "-F", disk.#image);
    onTestFinished(() => disk.unmount());
    return disk;
  }

  async mount(...options: string[]): Promise<void> {
    this.#device = await run("losetup", "--find", "--show", this.#image);
    await run("mount", "-t", "ext4", "-o", ["noatime", ...options].join(","), this.#device, this.mountpoint);
  }

  /** Harmless where nothing is mounted. A process that just died may keep the mount busy for a moment. */
  async unmount(): Promise<void> {
    if (this.#device === undefined) return;
    await waitFor(`${this.mountpoint} to be unmounted`, () => this.#tryUnmount());
    await run("losetup", "--detach", this.#device);
    this.#device = undefined;
  }

  /** Everything not synced is gone, as when the plug is pulled; what still runs on it gets EIO. */
  async cutPower(): Promise<void> {
    await run("python3", POWER_CUT, this.mountpoint);
  }

  async repair(): Promise<void> {
    // e2fsck answers 1 where it mended something.
    await run("sh", "-c", `e2fsck -f -y ${this.#image} || [ $? -eq 1 ]`);
  }

  /** Makes ext4 believe it found itself damaged: with errors=remount-ro the disk turns read-only. */
  async turnReadOnly(): Promise<void> {
    if (this.#device === undefined) throw new Error("the disk is not mounted");
    await writeFile(`/sys/fs/ext4/${basename(this.#device)}/trigger_fs_error`, "1");
  }

  async #tryUnmount(): Promise<true | undefined> {
    const mounts = await readFile("/proc/self/mounts", "utf8");
    if (!mounts.includes(` ${this.mountpoint} `)) return true;
    return run("umount", this.mountpoint).then(
      () => true as const,
      () => undefined,
    );
  }
}
