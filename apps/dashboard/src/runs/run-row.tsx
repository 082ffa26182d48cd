/** One run, one line: what is well is quiet, what needs a person has an edge. */
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { RunSummary } from "../api/types.js";
import { Bar, shareOf, wordsOf } from "../parts/progress.js";
import { State } from "../parts/state.js";
import { Tags } from "../parts/tags.js";
import { inputWords } from "../words/input-words.js";
import { count, counted, rate, usd } from "../words/numbers.js";
import { stateOf } from "../words/run-state.js";
import { age, duration, durationRange, instant } from "../words/times.js";

interface RunRowProps {
  readonly run: RunSummary;
  readonly index: number;
  readonly nowMs: number;
  readonly isAt: boolean;
  readonly isSelected: boolean;
  readonly onSelect: (id: string, isRange: boolean) => void;
}

export const RunRow = memo(function RunRow({ run, index, nowMs, isAt, isSelected, onSelect }: RunRowProps) {
  const state = stateOf(run, nowMs);
  const isOver = run.status === "completed" || run.status === "cancelled";
  const classes = [isOver ? "old" : "", state.edge === null ? "" : `n-${state.edge}`, isAt ? "at" : ""];
  const { failed } = run.progress;
  return (
    <tr className={classes.filter(Boolean).join(" ")} aria-rowindex={index + 2} aria-selected={isSelected}>
      <td>
        <input
          className="check"
          type="checkbox"
          aria-label={`Select ${run.id}`}
          checked={isSelected}
          onChange={(event) => onSelect(run.id, (event.nativeEvent as MouseEvent).shiftKey)}
        />
      </td>
      <td>
        <State state={state} share={shareOf(run.progress)} />
      </td>
      <td title={run.id}>
        <Link className="id" to="/runs/$runId" params={{ runId: run.id }}>
          {run.id}
        </Link>{" "}
        <span className="dim">{inputWords(run.input)}</span> <Tags tags={run.tags} />
      </td>
      <td className="mid wide-only">{run.workflow}</td>
      <td>
        <Progress run={run} />
      </td>
      <td className="num">
        <LeftOrTook run={run} nowMs={nowMs} />
      </td>
      <td className={`num wide-only${failed > 0 && !isOver ? " c-fail" : ""}`}>{failed === 0 ? "" : count(failed)}</td>
      <td className="num wide-only">{costOf(run)}</td>
      <td className="num dim wide-only">{paceOf(run)}</td>
      <td className="num" title={instant(run.createdAt)}>
        {age(run.createdAt, nowMs)}
      </td>
      <td className="wide-only">
        {run.owner === null ? null : (
          <span className="av" title={run.owner}>
            {run.owner.slice(0, 1).toUpperCase()}
          </span>
        )}
      </td>
    </tr>
  );
});

/** A dash where nothing is bought; a zero is a measured one. */
const costOf = ({ costUsd }: RunSummary) => (costUsd === null || costUsd === undefined ? "–" : usd(costUsd));

/** Of a run that works: what it does a second now. */
function paceOf({ status, progress }: RunSummary): string {
  if (status !== "running" || progress.ratePerS === null) return "";
  const { value, unit } = rate(progress.ratePerS);
  return `${value}${unit}`;
}

function Progress({ run }: { readonly run: RunSummary }) {
  const { done, total, failed, label } = run.progress;
  if (run.startedAt === null) return <span className="small dim">not started</span>;
  const shares = { done: Math.max(0, done - failed), failed, total };
  const isOver = run.status === "completed";
  const text = isOver && total !== null ? counted(total, "step").replace(" steps", "").replace(" step", "") : "";
  return (
    <div className="prog">
      <Bar shares={shares} label={`Progress of ${run.id}`} text={wordsOf(done, total)} />
      <span className="t cut" title={label ?? undefined}>
        {isOver ? `${text} done` : total === null ? (label ?? "working") : `${count(done)} / ${count(total)}`}
      </span>
    </div>
  );
}

function LeftOrTook({ run, nowMs }: { readonly run: RunSummary; readonly nowMs: number }) {
  const { etaMs } = run.progress;
  switch (run.status) {
    case "running":
      if (run.lease !== null && run.lease.expiresAt < nowMs)
        return <span className="c-hold">no beat {age(run.updatedAt, nowMs)}</span>;
      return etaMs === null ? "estimating" : <b className="b">{durationRange(etaMs as [number, number])}</b>;
    case "queued":
      return <span className="dim">waits {age(run.updatedAt, nowMs)}</span>;
    case "waiting":
      return <span className="dim">{run.reason ?? `since ${age(run.updatedAt, nowMs)}`}</span>;
    case "paused":
      return <span className="dim">since {age(run.updatedAt, nowMs)}</span>;
    case "failed":
      return <span className="c-fail">{(run.error?.code ?? run.reason ?? "").replaceAll("_", " ").toLowerCase()}</span>;
    default: {
      const { startedAt, finishedAt } = run;
      return startedAt === null || finishedAt === null ? "–" : duration(finishedAt - startedAt);
    }
  }
}
