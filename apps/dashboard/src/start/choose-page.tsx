/** What can be started here. */
import { Link } from "@tanstack/react-router";
import type { WorkflowPage } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { Problem } from "../parts/problem.js";
import { useTitle } from "../tab/use-title.js";
import { counted } from "../words/numbers.js";

export function ChoosePage() {
  const { data, error } = usePolled<WorkflowPage>("api/workflows", { everyMs: null });
  useTitle("Start a run");
  if (error !== null && data === undefined) return <Problem error={error} what="The workflows could not be read" />;
  const rows = data?.rows ?? [];
  return (
    <div className="choose">
      <h1>Start a run</h1>
      {data !== undefined && rows.length === 0 ? (
        <p className="dim">This server knows no workflow. They are listed in holdfast.config.ts.</p>
      ) : null}
      <ul>
        {rows.map(({ name, version, stages }) => (
          <li key={name}>
            <Link to="/start/$workflow" params={{ workflow: name }}>
              <span className="id">{name}</span>
              <span className="dim">
                {stages === null ? "stages as they come" : counted(stages.length, "stage")}
                {version === null ? "" : `, version ${version}`}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
