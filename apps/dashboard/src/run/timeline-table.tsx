/** The timeline as a table: an attempt a row. */
import { clockMs, duration } from "../words/times.js";
import type { Lane } from "./timeline.js";

export function TimelineTable({ lanes }: { readonly lanes: readonly Lane[] }) {
  return (
    <table className="tbl plain">
      <thead>
        <tr>
          <th>Stage</th>
          <th className="num">Attempt</th>
          <th>How it ended</th>
          <th className="num">Began</th>
          <th className="num">Ended</th>
          <th className="num">Took</th>
        </tr>
      </thead>
      <tbody>
        {lanes.flatMap(({ stage }) =>
          stage.attempts.map((attempt) => (
            <tr key={`${stage.name}-${attempt.generation}-${attempt.attempt}`}>
              <td>
                <span className="mono">{stage.name}</span>
                {attempt.label === null ? null : <span className="dim"> {attempt.label}</span>}
              </td>
              <td className="num">{attempt.attempt}</td>
              <td className={attempt.status === "failed" ? "c-fail" : ""}>
                {attempt.status}
                {attempt.error === null ? "" : `: ${attempt.error.message}`}
              </td>
              <td className="num">{clockMs(attempt.startedAt)}</td>
              <td className="num">{attempt.finishedAt === null ? "" : clockMs(attempt.finishedAt)}</td>
              <td className="num">
                {attempt.finishedAt === null ? "" : duration(attempt.finishedAt - attempt.startedAt)}
              </td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}
