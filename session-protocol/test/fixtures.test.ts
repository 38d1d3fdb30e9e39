import fs from "node:fs";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import * as protocol from "../src/index.js";

interface Fixture {
  /** The exported schema that values are held to. */
  readonly schema: string;
  readonly valid: readonly { readonly name: string; readonly value: unknown }[];
  /** `errors` are the paths of everything that is wrong, dotted, empty for the value itself. */
  readonly invalid: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly errors: readonly string[];
  }[];
}

const folder = new URL("../fixtures/", import.meta.url);
const read = (name: string) => fs.readFileSync(new URL(name, folder), "utf8");
const names = fs.readdirSync(folder).filter((name) => name.endsWith(".json"));
const fixtures = names.map((name) => JSON.parse(read(name)) as Fixture);
const schemas = protocol as unknown as Record<string, z.ZodType>;
const fixtureOf = (schema: string) => fixtures.find((fixture) => fixture.schema === schema) as Fixture;

/** A field that is not known is named itself, not the object it is in. */
function pathsOf(error: z.ZodError): string[] {
  const paths = error.issues.flatMap((issue) => {
    const names = issue.code === "unrecognized_keys" ? issue.keys : [undefined];
    return names.map((name) => [...issue.path, ...(name === undefined ? [] : [name])].join("."));
  });
  return [...new Set(paths)].sort();
}

describe.each(fixtures)("$schema", ({ schema, valid, invalid }) => {
  const zod = schemas[schema] as z.ZodType;

  it.each(valid)("takes $name, and keeps it as it is", ({ value }) => {
    expect(zod.parse(value)).toEqual(value);
  });

  it.each(invalid)("refuses $name, and says where", ({ value, errors }) => {
    const { error } = zod.safeParse(value);
    expect(error === undefined ? [] : pathsOf(error)).toEqual([...errors].sort());
    expect(errors).not.toEqual([]);
  });
});

describe("the fixtures", () => {
  const values = (schema: string, field: string) =>
    new Set(fixtureOf(schema).valid.map(({ value }) => (value as Record<string, unknown>)[field]));

  it("show every type of event", () => {
    expect(values("SessionEvent", "type")).toEqual(new Set(protocol.EVENT_TYPES));
  });

  it("show every code of a problem", () => {
    expect(values("Problem", "code")).toEqual(new Set(protocol.ERROR_CODES));
  });

  it("show every type of event a client may write", () => {
    const [{ value }] = fixtureOf("BatchRequest").valid as unknown as [{ value: protocol.BatchRequest }];
    expect(value.events.map(({ type }) => type)).toEqual(protocol.ClientEventType.options);
  });

  it("show the same batch as JSON and as NDJSON", () => {
    const [first, ...events] = read("batch-request.ndjson")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    const { batch } = protocol.BatchHeaderLine.parse(first);
    expect({ ...batch, events }).toEqual(fixtureOf("BatchRequest").valid[0]?.value);
  });

  it("are one file a schema, named after it", () => {
    const kebab = fixtures.map(({ schema }) => schema.replaceAll(/(?!^)[A-Z]/g, "-$&").toLowerCase());
    expect(names).toEqual(kebab.map((name) => `${name}.json`));
  });
});
