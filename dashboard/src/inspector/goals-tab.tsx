import { GoalLine } from "../ui/goal-line.js";
import type { TabProps } from "./tab-props.js";

export default function GoalsTab({ loaded }: TabProps) {
  const { goals } = loaded.head.state;
  if (goals.length === 0) return <p className="note">No goals were recorded.</p>;
  return (
    <ol className="goals">
      {goals.map((goal, index) => (
        <li key={index}>
          <GoalLine goal={goal} />
        </li>
      ))}
    </ol>
  );
}
