import { adjust } from "../app/use-place.js";

interface ChoiceProps {
  /** Of the value in the address. */
  readonly name: string;
  readonly words: string;
  readonly value: string | undefined;
  readonly among: readonly string[];
}

/** One of several values, or all of them, which stands in the address. */
export function Choice({ name, words, value, among }: ChoiceProps) {
  return (
    <label className="choice">
      {words}{" "}
      <select
        value={value ?? ""}
        onChange={(event) => {
          adjust({ [name]: event.target.value });
        }}
      >
        <option value="">all</option>
        {value !== undefined && !among.includes(value) && <option>{value}</option>}
        {among.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}
