/** One attempt under the timeline: how it ended, what it took, and how its output differs from another attempt's. */
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import type { Run } from "../api/types.js";
import { Button } from "../parts/button.js";
import { clock, clockMs, duration } from "../words/times.js";

interface AttemptLineProps {
  readonly run: Run;
  readonly stage: string;
  readonly attempt: number;
  readonly generation: number;
  readonly place: string;
  readonly onStep: (by: number) => void;
  readonly onClose: () => void;
}

export function AttemptLine({ run, stage, attempt, generation, place, onStep, onClose }: AttemptLineProps) {
  const found = run.stages
    .find(({ name }) => name === stage)
    ?.attempts.find((one) => one.attempt === attempt && one.generation === generation);
  if (found === undefined) return null;
  const { status, startedAt, finishedAt, error, label } = found;
  const took = finishedAt === null ? `since ${clock(startedAt)}` : `in ${duration(finishedAt - startedAt)}`;
  return (
    <div className="attempt-line" role="status">
      <span className="btns">
        <Button size="sm" kind="bare" isIcon hint="[" aria-label="Previous attempt" onClick={() => onStep(-1)}>
          <ChevronLeft className="i s" aria-hidden="true" />
        </Button>
        <Button size="sm" kind="bare" isIcon hint="]" aria-label="Next attempt" onClick={() => onStep(1)}>
          <ChevronRight className="i s" aria-hidden="true" />
        </Button>
      </span>
      <span>
        <span className="mono">{stage}</span>, attempt {attempt}
        {generation === run.generation ? "" : `, before restart ${generation}`}
        {label === null ? "" : `, ${label}`}
      </span>
      <span className={status === "failed" ? "c-fail" : "mid"}>
        {status} {took}
      </span>
      <span className="dim small">
        {clockMs(startedAt)}
        {finishedAt === null ? "" : `–${clockMs(finishedAt)}`} · {place}
      </span>
      {error === null ? null : <span className="c-fail cut">{error.message}</span>}
      <Button size="sm" kind="bare" isIcon aria-label="Close" title="Close" onClick={onClose}>
        <X className="i s" aria-hidden="true" />
      </Button>
    </div>
  );
}
