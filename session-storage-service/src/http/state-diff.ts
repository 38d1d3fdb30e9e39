import type { State } from "session-protocol";
import { createPatch, type Operation, type Pointer } from "rfc6902";

/** Beyond this many pairs of elements, finding the shortest patch of two arrays would cost too much. */
const MAX_PAIRS = 2_500;

/** JSON Patch from one state to another. */
export function comparison(before: State, after: State): Operation[] {
  return createPatch(before, after, compareLongArrays);
}

/** Long arrays are compared place by place: still right, if not the shortest patch. Others as usual. */
function compareLongArrays(before: unknown, after: unknown, pointer: Pointer): Operation[] | undefined {
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  if (before.length * after.length <= MAX_PAIRS) return undefined;
  return placeByPlace(before, after, pointer);
}

function placeByPlace(before: readonly unknown[], after: readonly unknown[], pointer: Pointer): Operation[] {
  const shared = Math.min(before.length, after.length);
  const operations: Operation[] = [];
  for (let index = 0; index < shared; index += 1) {
    const path = pointer.add(String(index)).toString();
    for (const operation of createPatch(before[index], after[index], compareLongArrays)) {
      operations.push({ ...operation, path: path + operation.path });
    }
  }
  for (let index = before.length - 1; index >= shared; index -= 1) {
    operations.push({ op: "remove", path: pointer.add(String(index)).toString() });
  }
  for (const value of after.slice(shared)) {
    operations.push({ op: "add", path: pointer.add("-").toString(), value });
  }
  return operations;
}
