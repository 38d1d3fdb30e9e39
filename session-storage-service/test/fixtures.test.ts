import fs from "node:fs";
import { describe, expect, it } from "vitest";
import type { BatchRequest, Problem } from "session-protocol";
import { parseConfig } from "../src/config.js";
import { RecorderError } from "../src/domain/errors.js";
import type { Submission } from "../src/domain/submission.js";
import { batchSubmission } from "../src/http/batch.js";
import { actionCommand, responseCommand } from "../src/http/commands.js";
import { limitsOf } from "../src/http/limits.js";
import { parseJsonBody } from "../src/http/parse.js";
import { problemOf } from "../src/http/problem.js";

interface Fixture<T> {
  readonly valid: readonly { readonly name: string; readonly value: T }[];
  readonly invalid: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly errors: readonly string[];
  }[];
}

const folder = new URL("../../session-protocol/fixtures/", import.meta.url);
const read = (name: string) => fs.readFileSync(new URL(name, folder));
const fixture = <T>(name: string) => JSON.parse(read(name).toString()) as Fixture<T>;
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const limits = limitsOf(parseConfig({}));

/** Where the service says that something is wrong. */
function placesOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    const { errors } = JSON.parse(problemOf(error).body) as Problem;
    return [...new Set(errors?.map(({ path }) => path))].sort();
  }
  return [];
}

describe("problems", () => {
  it.each(fixture<Problem>("problem.json").valid)("are answered as the fixture shows: $name", ({ value }) => {
    const { status, body } = problemOf(new RecorderError(value.code, value.detail, value.errors));
    expect([status, JSON.parse(body)]).toEqual([value.status, value]);
  });
});

describe("a batch", () => {
  const { valid, invalid } = fixture<BatchRequest>("batch-request.json");
  const json = (value: unknown) => batchSubmission(bytesOf(value), "application/json", limits);
  const [whole] = valid as unknown as [{ value: BatchRequest }];

  it("is understood as the fixture shows", () => {
    const { commands, create, producer } = json(whole.value);
    expect(commands.map(({ type, id }) => [type, id])).toEqual(
      whole.value.events.map(({ type, id }) => [type, id]),
    );
    expect([create?.data, producer]).toEqual([whole.value.create, whole.value.producer]);
  });

  it("means the same as NDJSON", () => {
    const meaning = ({ commands, source: _text, ...rest }: Submission) => ({
      ...rest,
      commands: commands.map(({ type, id, data, raw }) => [type, id, data, JSON.parse(raw) as unknown]),
    });
    const ndjson = batchSubmission(read("batch-request.ndjson"), "application/x-ndjson", limits);
    expect(meaning(ndjson)).toEqual(meaning(json(whole.value)));
  });

  it.each(invalid)("is refused where the fixture says: $name", ({ value, errors }) => {
    expect(placesOf(() => json(value))).toEqual([...errors].sort());
  });
});

describe.each([
  ["an action", "action.json", actionCommand],
  ["a response", "response.json", responseCommand],
])("%s", (_, file, command) => {
  const { valid, invalid } = fixture<{ id?: string }>(file);
  const commandOf = (value: unknown) => {
    const { value: parsed, raw } = parseJsonBody(bytesOf(value), limits);
    return command(parsed, raw);
  };

  it.each(valid)("is taken as the fixture shows: $name", ({ value }) => {
    const { id, ...sent } = value;
    expect(commandOf(value)).toMatchObject({ id, data: sent });
  });

  it.each(invalid)("is refused where the fixture says: $name", ({ value, errors }) => {
    expect(placesOf(() => commandOf(value))).toEqual([...errors].sort());
  });
});
