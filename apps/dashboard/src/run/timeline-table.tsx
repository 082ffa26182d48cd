/** The timeline as a table: an attempt or a wait a row, of the same stages and the same part of the axis. */
import { count } from "../words/numbers.js";
import { clockMs, duration } from "../words/times.js";
import { idOf } from "./stage-lane.js";
import { SEGMENT_WORD } from "./timeline.js";
import type { Row } from "./timeline-rows.js";
import { isWhole, type View } from "./timeline-view.js";

interface TimelineTableProps {
  readonly rows: readonly Row[];
  readonly view: View;
  readonly picked: string | null;
  readonly onPick: (attempt: string) => void;
}

export function TimelineTable({ rows, view, picked, onPick }: TimelineTableProps) {
  const lanes = rows.flatMap((row) => (row.kind === "stage" ? [row.lane] : row.isOpen ? [] : row.lanes));
  const all = lanes.flatMap(({ stage, segments }) => segments.map((segment) => ({ stage, segment })));
  const seen = all.filter(({ segment }) => segment.to >= view.from && segment.from <= view.to);
  return (
    <>
      {isWhole(view) ? null : (
        <p className="pad dim small">
          {count(seen.length)} of {count(all.length)}: the part of the axis that is shown
        </p>
      )}
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
          {seen.map(({ stage, segment }) => {
            const { attempt, generation, kind, startedAt, endedAt, why } = segment;
            const own = stage.attempts.find((one) => one.attempt === attempt && one.generation === generation);
            const id = idOf({ stage: stage.name, attempt, generation });
            const isPicked = attempt > 0 && picked === id;
            return (
              <tr key={`${id} ${kind} ${startedAt}`} aria-selected={isPicked}>
                <td>
                  <span className="mono">{stage.name}</span>
                  {own?.label == null ? null : <span className="dim"> {own.label}</span>}
                </td>
                <td className="num">
                  {attempt === 0 ? null : (
                    <button type="button" className="id" onClick={() => onPick(id)}>
                      {count(attempt)}
                    </button>
                  )}
                </td>
                <td className={kind === "bad" ? "c-fail" : kind === "wait" ? "c-hold" : ""}>
                  {own === undefined ? (why ?? SEGMENT_WORD[kind]) : own.status}
                  {own?.error == null ? "" : `: ${own.error.message}`}
                </td>
                <td className="num">{clockMs(startedAt)}</td>
                <td className="num">{own !== undefined && own.finishedAt === null ? "" : clockMs(endedAt)}</td>
                <td className="num">{duration(endedAt - startedAt)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
