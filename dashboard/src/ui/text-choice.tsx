import { useId } from "react";
import { adjust } from "../app/use-place.js";

interface TextChoiceProps {
  /** Of the value in the address. */
  readonly name: string;
  readonly words: string;
  readonly value: string;
  /** What is suggested. */
  readonly among: readonly string[];
}

/** A word to filter by, which stands in the address. */
export function TextChoice({ name, words, value, among }: TextChoiceProps) {
  const list = useId();
  return (
    <label className="choice">
      {words}
      <input
        key={value}
        list={list}
        defaultValue={value}
        onChange={(event) => {
          // A suggestion that was chosen counts at once, typed text when it is done.
          if (among.includes(event.target.value) || event.target.value === "")
            adjust({ [name]: event.target.value });
        }}
        onBlur={(event) => {
          if (event.target.value !== value) adjust({ [name]: event.target.value });
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") adjust({ [name]: event.currentTarget.value });
        }}
      />
      <datalist id={list}>
        {among.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </label>
  );
}
