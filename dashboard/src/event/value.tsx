import { ClippedText } from "../ui/clipped-text.js";
import { JsonView } from "../ui/json-view.js";

/** Any value an agent sent: text as text, everything else as JSON. */
export function Value({ value }: { readonly value: unknown }) {
  return typeof value === "string" ? <ClippedText text={value} /> : <JsonView value={value} />;
}
