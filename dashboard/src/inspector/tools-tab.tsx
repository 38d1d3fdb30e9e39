import { durationText, visibleText } from "../ui/format.js";
import type { TabProps } from "./tab-props.js";

/** The calls of each tool, of the whole session, as far as its timeline has been read. */
export default function ToolsTab({ loaded: { lanes }, isMapRead }: TabProps) {
  const figures = lanes.tools.figures();
  if (isMapRead && figures.length === 0) return <p className="note">No tool was used.</p>;
  return (
    <>
      <table className="tools">
        <thead>
          <tr>
            <th scope="col">Tool</th>
            <th scope="col">Calls</th>
            <th scope="col">Failures</th>
            <th scope="col">Median</th>
          </tr>
        </thead>
        <tbody>
          {figures.map(({ tool, calls, failures, medianMs }) => (
            <tr key={tool}>
              <th scope="row">{visibleText(tool)}</th>
              <td>{calls}</td>
              <td>{failures === 0 ? "" : <b className="bad">{failures}</b>}</td>
              <td>{medianMs === undefined ? "" : durationText(medianMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!isMapRead && (
        <p className="note" role="status">
          Counting… up to event {lanes.lastSeq}
        </p>
      )}
    </>
  );
}
