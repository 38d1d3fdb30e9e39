import type { SessionModel } from "../session/session-model.js";
import type { ToolFigures } from "../session/tool-tally.js";
import { durationText, visibleText } from "../ui/format.js";

/** A row for each tool that either has used, those used most first. */
export function ToolRows({ models }: { readonly models: readonly SessionModel[] }) {
  const figures = models.map(
    ({ loaded }) => new Map((loaded?.lanes.tools.figures() ?? []).map((each) => [each.tool, each])),
  );
  const calls = (tool: string): number => figures.reduce((sum, own) => sum + (own.get(tool)?.calls ?? 0), 0);
  const tools = [...new Set(figures.flatMap((own) => [...own.keys()]))];
  tools.sort((one, other) => calls(other) - calls(one));
  const isCounting = models.some(({ loaded, isMapRead }) => loaded !== undefined && !isMapRead);
  return (
    <>
      {tools.map((tool) => (
        <tr key={tool}>
          <th scope="row" className="of-tools">
            {visibleText(tool)}
          </th>
          {figures.map((own, index) => (
            <td key={index}>
              <ToolCell figures={own.get(tool)} />
            </td>
          ))}
        </tr>
      ))}
      {isCounting && (
        <tr>
          <th scope="row">Tools</th>
          <td colSpan={models.length} className="note">
            Counting…
          </td>
        </tr>
      )}
    </>
  );
}

function ToolCell({ figures }: { readonly figures: ToolFigures | undefined }) {
  if (figures === undefined) return <span className="note">not used</span>;
  const { calls, failures, medianMs } = figures;
  return (
    <>
      {calls} {calls === 1 ? "call" : "calls"}
      {failures > 0 && (
        <>
          , <b className="bad">{failures} failed</b>
        </>
      )}
      {medianMs !== undefined && `, median ${durationText(medianMs)}`}
    </>
  );
}
