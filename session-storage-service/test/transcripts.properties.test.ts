import fs from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { TranscriptKey } from "../src/domain/transcript-changes.js";
import type { Storage } from "../src/storage.js";
import { openStorage } from "./support/storages.js";
import { tempFolder } from "./support/temp-folder.js";

const PROJECT = "-work-p";
const SUBPATHS = [undefined, "subagents/a", "../b"] as const;
const SMALL = { SEGMENT_BYTES: "4096" };

type Step =
  | { readonly does: "append"; readonly subpath: number; readonly uuids: readonly (number | undefined)[] }
  | { readonly does: "delete"; readonly subpath: number }
  | { readonly does: "restart" | "crash" };

const subpath = fc.nat(SUBPATHS.length - 1);
const uuids = fc.array(fc.option(fc.nat(30), { nil: undefined }), { maxLength: 8 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ does: fc.constant("append" as const), subpath, uuids }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("delete" as const), subpath }) },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constantFrom("restart" as const, "crash" as const),
      }),
    },
  ),
  { maxLength: 25 },
);

/** What each transcript must hold, by its subpath. */
class Model {
  readonly #entries = new Map<string | undefined, { uuid?: number; n: number }[]>();
  #count = 0;

  entries(of: string | undefined): { uuid?: number; n: number }[] {
    return this.#entries.get(of) ?? [];
  }

  append(to: string | undefined, sent: readonly (number | undefined)[]): { uuid?: number; n: number }[] {
    const list = this.#entries.get(to) ?? [];
    this.#entries.set(to, list);
    const entries = sent.map((uuid) => ({ ...(uuid === undefined ? {} : { uuid }), n: (this.#count += 1) }));
    for (const entry of entries)
      if (entry.uuid === undefined || !list.some(({ uuid }) => uuid === entry.uuid)) list.push(entry);
    return entries;
  }

  delete(of: string | undefined): void {
    if (of === undefined) this.#entries.clear();
    else this.#entries.delete(of);
  }
}

/** What a kill -9 at this moment would leave. */
function asAfterCrash(dataDir: string): string {
  const copy = tempFolder();
  fs.cpSync(dataDir, copy, { recursive: true, filter: (file) => !file.includes("index.db") });
  return copy;
}

const keyOf = (index: number): TranscriptKey => ({
  projectKey: PROJECT,
  sessionId: "t1",
  subpath: SUBPATHS[index],
});

async function stored({ transcripts }: Storage, key: TranscriptKey): Promise<unknown[]> {
  const found = await transcripts.get(key).catch(() => undefined);
  const pieces: Buffer[] = [];
  for await (const piece of found?.lines() ?? []) pieces.push(piece);
  const lines = Buffer.concat(pieces).toString().split("\n").slice(0, -1);
  expect(lines.length).toBe(found?.total ?? 0);
  return lines.map((line) => JSON.parse(line) as unknown);
}

async function append(storage: Storage, index: number, sent: readonly { uuid?: number; n: number }[]) {
  const entries = sent.map(({ uuid, n }) => {
    const text = uuid === undefined ? undefined : `u${String(uuid)}`;
    return { uuid: text, raw: JSON.stringify({ uuid: text, n }) };
  });
  await storage.transcripts.append(keyOf(index), { entries });
}

it("holds what a model of it does, whatever is appended, deleted, restarted and killed", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const model = new Model();
      let dataDir = tempFolder();
      let storage = await openStorage(dataDir, SMALL);
      for (const step of script) {
        if (step.does === "append")
          await append(storage, step.subpath, model.append(SUBPATHS[step.subpath], step.uuids));
        else if (step.does === "delete") {
          model.delete(SUBPATHS[step.subpath]);
          await storage.transcripts.delete(keyOf(step.subpath));
        } else {
          const before = storage;
          if (step.does === "crash") dataDir = asAfterCrash(dataDir);
          await before.close();
          storage = await openStorage(dataDir, SMALL);
        }
      }
      for (const [index, name] of SUBPATHS.entries()) {
        const expected = model
          .entries(name)
          .map(({ uuid, n }) => (uuid === undefined ? { n } : { uuid: `u${String(uuid)}`, n }));
        expect(await stored(storage, keyOf(index))).toEqual(expected);
      }
      await storage.close();
    }),
    { numRuns: 12 },
  );
}, 120_000);
