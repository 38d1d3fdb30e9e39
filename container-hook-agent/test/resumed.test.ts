import { expect, it } from "vitest";
import { resumedBy } from "../src/claude-code/resumed.js";

const ID = "0e0a4f63-5c5f-4f0e-9d0c-3b1f1f0c2a11";
const one = { sessionId: ID };

it.each([
  [["-p", "hello"], undefined],
  [["--resume", ID, "-p", "hello"], one],
  [[`--resume=${ID.toUpperCase()}`], one],
  [["-r", ID], one],
  [[`-r${ID}`], one],
  [["-p", "hello", "--resume"], undefined],
  [["--resume", "the one about the lake"], undefined],
  [["--continue", "-p", "hello"], "latest"],
  [["-c"], "latest"],
  [["-pc", "hello"], "latest"],
  [["--continue", "--resume", ID], one],
  [["-p", "--", "--resume", ID], undefined],
])("a command line of Claude Code %j goes on with %j", (args, resumed) => {
  expect(resumedBy(args)).toEqual(resumed);
});
