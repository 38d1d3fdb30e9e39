import { visibleText } from "../ui/format.js";

/** The service puts what was found between these. */
const MARKED = /⟦(.*?)⟧/s;

/** A piece of a text with what was found in it marked. */
export function Snippet({ text }: { readonly text: string }) {
  const parts = visibleText(text).split(MARKED);
  return <p>{parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}</p>;
}
