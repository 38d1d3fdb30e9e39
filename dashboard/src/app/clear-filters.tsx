import { adjust, usePlace } from "./use-place.js";

/** There once the address has one of these filters. */
export function ClearFilters({ names }: { readonly names: readonly string[] }) {
  const { query } = usePlace();
  if (!names.some((name) => (query[name] ?? "") !== "")) return null;
  return (
    <button
      type="button"
      className="plain"
      onClick={() => {
        adjust(Object.fromEntries(names.map((name) => [name, undefined])));
      }}
    >
      Clear filters
    </button>
  );
}
