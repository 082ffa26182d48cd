/** The card at the cell under the pointer or the ring: its state at once, its key and why it failed once they are read. */
import { useQuery } from "@tanstack/react-query";
import { type CSSProperties, useEffect, useState } from "react";
import { ask, query, runPath } from "../api/client.js";
import type { ItemRange } from "../api/types.js";
import { count, usd } from "../words/numbers.js";
import { clock } from "../words/times.js";
import { STATE_WORDS } from "./heat-shape.js";

interface HeatTipProps {
  readonly runId: string;
  readonly stage: string;
  readonly from: number;
  readonly to: number;
  readonly state: number;
  readonly style: CSSProperties;
}

/** A pointer that crosses the map asks for nothing. */
const REST_MS = 180;

export function HeatTip({ runId, stage, from, to, state, style }: HeatTipProps) {
  const [rests, setRests] = useState<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setRests(from), REST_MS);
    return () => clearTimeout(timer);
  }, [from]);
  const path = runPath(runId, `/items/range${query({ stage, from, to })}`);
  const { data } = useQuery({
    queryKey: [path, state],
    queryFn: ({ signal }) => ask<ItemRange>(path, { signal }),
    // Neither what is to come nor what is under way has anything to tell.
    enabled: rests === from && state > 0 && state < 4,
    staleTime: 30_000,
  });
  const item = data?.item ?? null;
  const isOne = from === to;
  return (
    <div className="tip" role="status" style={style}>
      <span className="tip-head">
        <span className="mono cut">
          {item?.key ?? (isOne ? `item ${count(from + 1)}` : `items ${count(from + 1)}–${count(to + 1)}`)}
        </span>
        <b className={state === 3 ? "c-fail" : ""}>{STATE_WORDS[state]}</b>
      </span>
      {item?.label == null ? null : <span className="cut">{item.label}</span>}
      {item?.message == null ? null : (
        <span className="tip-why">
          {item.message}
          {item.attempts > 1 ? `, tried ${item.attempts} times` : ""}
        </span>
      )}
      {isOne || data === undefined ? null : (
        <span>
          {count(data.done)} done, {count(data.failed)} failed, {count(data.open)} without a result
        </span>
      )}
      {item === null ? null : (
        <span className="dim">
          item {count(from + 1)} · {clock(item.finishedAt)}
          {item.costUsd === null || item.costUsd === 0 ? "" : ` · ${usd(item.costUsd)}`}
        </span>
      )}
    </div>
  );
}
