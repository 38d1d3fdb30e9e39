import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PACKAGE = join(ROOT, "container-hook-agent");
const GRAPHS = join(ROOT, "test-agents/graphs");

/** A program's folder: what `npm pack` makes of this package is installed there, and LangGraph unless that is left out. */
export class Installed {
  readonly folder = mkdtempSync(join(tmpdir(), "installed-"));
  readonly cli = join(this.folder, "node_modules/container-hook-agent/bin/hook-agent.mjs");

  constructor({ langGraph = true } = {}) {
    const modules = join(this.folder, "node_modules");
    mkdirSync(join(modules, "container-hook-agent"), { recursive: true });
    execFileSync("tar", ["xzf", this.#pack(), "--strip-components=1", "-C", "container-hook-agent"], {
      cwd: modules,
    });
    const { dependencies } = JSON.parse(
      readFileSync(join(modules, "container-hook-agent/package.json"), "utf8"),
    ) as { dependencies: Record<string, string> };
    const others = Object.keys(dependencies).filter((name) => name !== "session-protocol");
    for (const name of others) link(name, PACKAGE, modules);
    if (langGraph) for (const name of ["@langchain", "zod"]) link(name, join(ROOT, "test-agents"), modules);
    cpSync(GRAPHS, this.folder, { recursive: true });
    writeFileSync(join(this.folder, "package.json"), "{}\n");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Of a copy: packing puts files into the package's folder for a while, which other tests are using. */
  #pack(): string {
    const copy = join(this.folder, "packing");
    for (const name of ["container-hook-agent", "session-protocol"]) {
      const isOfIt = (path: string): boolean => !/\/(node_modules|src|test)$/.test(path);
      cpSync(join(ROOT, name), join(copy, name), { recursive: true, filter: isOfIt });
    }
    // It has been built, and cannot be here.
    writeFileSync(join(copy, "package.json"), JSON.stringify({ scripts: { build: "true" } }));
    const packed = execFileSync("npm", ["pack", "--silent"], {
      cwd: join(copy, "container-hook-agent"),
      encoding: "utf8",
    });
    return join(copy, "container-hook-agent", packed.trim().split("\n").at(-1) ?? "");
  }
}

/** As if installed: by its real path it finds what it needs itself. */
function link(name: string, from: string, modules: string): void {
  const paths = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed for ${from}`);
  rmSync(join(modules, name), { force: true });
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(found, join(modules, name));
}
