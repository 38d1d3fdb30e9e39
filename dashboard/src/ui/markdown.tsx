import { useState } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { bytesText, visibleText } from "./format.js";

/** Longer text is shown in part: laying it out would stop the page. */
const SHOWN_CHARS = 20_000;

const SAFE = /^(?:https?:|mailto:)/i;

/** Nothing is fetched because an agent wrote of it, and nothing leads but to the web or to mail. */
const components: Components = {
  img: ({ alt, src }) => <span className="note">[image: {visibleText(alt ?? String(src))}]</span>,
  a: ({ href, children }) =>
    href !== undefined && SAFE.test(href) ? (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
};

interface Piece {
  readonly type: string;
  value?: string;
  readonly children?: readonly Piece[];
}

/** Entities such as `&#x202e;` become characters only when the text is read. */
function showHidden() {
  return function show(piece: Piece): void {
    if (piece.value !== undefined) piece.value = visibleText(piece.value);
    piece.children?.forEach(show);
  };
}

/** Markdown as an agent wrote it. HTML in it is shown as text. */
export default function Markdown({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : text.slice(0, SHOWN_CHARS);
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={[remarkGfm]} rehypePlugins={[showHidden]} components={components}>
        {visibleText(shown)}
      </ReactMarkdown>
      {shown.length < text.length && (
        <button
          type="button"
          className="more"
          onClick={() => {
            setWhole(true);
          }}
        >
          Show all ({bytesText(text.length)})
        </button>
      )}
    </div>
  );
}
