/** The chosen stretch of items: what it holds, and a plan for these alone. */
import { useQuery } from "@tanstack/react-query";
import { RotateCcw, X } from "lucide-react";
import { ask, query, runPath } from "../api/client.js";
import { useActRefusal } from "../api/session-context.js";
import type { ItemRange, Run } from "../api/types.js";
import { Button } from "../parts/button.js";
import { count, counted } from "../words/numbers.js";
import { openPlan } from "./plan-open.js";

export interface Range {
  /** Positions in the source, from 0; the last belongs to it. */
  readonly from: number;
  readonly to: number;
  /** The cell at which it was begun: Shift with arrows goes on from there. */
  readonly anchor: number;
}

interface HeatRangeProps {
  readonly run: Run;
  readonly place: { readonly runId: string; readonly stage: string };
  readonly range: Range;
  readonly onClear: () => void;
}

export function HeatRange({ run, place: { runId, stage }, range, onClear }: HeatRangeProps) {
  const refusal = useActRefusal();
  const { from, to } = range;
  const path = runPath(runId, `/items/range${query({ stage, from, to })}`);
  const { data, error } = useQuery({
    queryKey: [path, run.head],
    queryFn: ({ signal }) => ask<ItemRange>(path, { signal }),
    placeholderData: (before) => before,
  });
  const isAtRest = run.status === "paused" || run.status === "failed" || run.status === "completed";
  const whyNot = refusal ?? (isAtRest ? null : "Items can be done again once the run has stopped");
  const plan = (keys: readonly string[], words: string) => openPlan({ keys }, words);
  const name = `items ${count(from + 1)}–${count(to + 1)}`;
  return (
    <div className="heat-range" role="status">
      <span>
        <b>{name[0]?.toUpperCase() + name.slice(1)}</b>{" "}
        {error !== null
          ? error.message
          : data === undefined
            ? ""
            : `${count(data.done)} done, ${count(data.failed)} failed${data.open === 0 ? "" : `, ${count(data.open)} without a result`}`}
        {data?.isWhole === false ? "; a plan takes the first 10,000" : ""}
      </span>
      <span className="btns">
        {data === undefined || data.failed === 0 ? null : (
          <Button
            size="sm"
            refusal={whyNot}
            onClick={() => plan(data.failedKeys, `the ${count(data.failed)} failed of ${name}`)}
          >
            <RotateCcw className="i s" aria-hidden="true" />
            Retry {count(data.failed)} failed…
          </Button>
        )}
        {data === undefined || data.keys.length === 0 ? null : (
          <Button
            size="sm"
            refusal={whyNot}
            onClick={() => plan(data.keys, `${counted(data.keys.length, "result")} of ${name}, made anew`)}
          >
            Do {count(data.keys.length)} again…
          </Button>
        )}
        <Button
          size="sm"
          kind="bare"
          isIcon
          aria-label="Clear the choice"
          title="Clear the choice (Esc)"
          onClick={onClear}
        >
          <X className="i s" aria-hidden="true" />
        </Button>
      </span>
    </div>
  );
}
