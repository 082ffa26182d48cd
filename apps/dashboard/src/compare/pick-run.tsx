/** Which run stands at one side: its id to be typed, with the beginnings that the server knows. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ask, query } from "../api/client.js";
import type { Comparison, RunPage } from "../api/types.js";
import { counted } from "../words/numbers.js";
import { duration, instant } from "../words/times.js";

interface PickRunProps {
  readonly side: "a" | "b";
  readonly runId: string | undefined;
  readonly run: Comparison["a"] | undefined;
  readonly onPick: (runId: string) => void;
}

const SHOWN = 8;

export function PickRun({ side, runId, run, onPick }: PickRunProps) {
  const [typed, setTyped] = useState(runId ?? "");
  useEffect(() => setTyped(runId ?? ""), [runId]);
  const prefix = typed.trim();
  const isId = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/.test(prefix);
  const { data } = useQuery({
    queryKey: ["run-ids", prefix],
    queryFn: ({ signal }) =>
      ask<RunPage>(`api/runs${query({ limit: SHOWN, ...(isId ? { idPrefix: prefix } : {}) })}`, { signal }),
    enabled: prefix !== runId,
  });
  const list = `runs-${side}`;
  const commit = () => (prefix !== "" && prefix !== runId ? onPick(prefix) : undefined);
  return (
    <div className="pick">
      <span className={`ab ${side}`}>{side.toUpperCase()}</span>
      <input
        className="inp mono"
        aria-label={`Run ${side.toUpperCase()}`}
        placeholder="Id of a run"
        list={list}
        value={typed}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setTyped(event.target.value);
          // A choice from the list comes whole, and needs no Enter.
          if (data?.rows.some(({ id }) => id === event.target.value)) onPick(event.target.value);
        }}
        onBlur={commit}
        onKeyDown={(event) => (event.key === "Enter" ? commit() : undefined)}
      />
      <span />
      <span className="l2">{run === undefined || run.id !== runId ? " " : about(run)}</span>
      <datalist id={list}>
        {data?.rows.map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </div>
  );
}

function about({ createdAt, durationMs, workflow, version, owner, status, items }: Comparison["a"]): string {
  return [
    instant(createdAt).slice(0, 16),
    `${workflow}${version === null ? "" : ` ${version}`}`,
    status,
    durationMs === null ? "" : duration(durationMs),
    items === null ? "" : counted(items.done, "item"),
    owner === null ? "" : `by ${owner}`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
