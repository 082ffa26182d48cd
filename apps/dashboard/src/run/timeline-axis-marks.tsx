/** Over the axis: deaths and recoveries by the system, changes by people with their names. */
import { CircleDollarSign, CirclePause, GitCommitHorizontal, History, Unplug, User } from "lucide-react";
import { clockMs } from "../words/times.js";
import { placeMarks, type TimeMark } from "./timeline-marks.js";

const ICONS = {
  died: Unplug,
  recovered: History,
  person: User,
  pause: CirclePause,
  change: GitCommitHorizontal,
  budget: CircleDollarSign,
} as const;

interface TimelineAxisMarksProps {
  readonly marks: readonly TimeMark[];
  readonly place: (at: number) => number;
  readonly widthPx: number;
}

export function TimelineAxisMarks({ marks, place, widthPx }: TimelineAxisMarksProps) {
  if (marks.length === 0) return null;
  return (
    <>
      <div />
      <ul className="marks" aria-label="What happened to the run">
        {placeMarks(marks, place, widthPx).map(({ seq, at, x, tone, icon, words, isShort, isLeft }) => {
          const Icon = ICONS[icon];
          return (
            <li
              key={seq}
              className={`mark ${tone}${isLeft ? " r" : ""}`}
              style={{ left: `${x * 100}%` }}
              title={`${clockMs(at)} ${words}`}
            >
              <Icon aria-hidden="true" />
              <span className={isShort ? "vh" : ""}>{words}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
