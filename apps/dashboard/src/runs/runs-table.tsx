/**
 * The table of runs: rows of one height, only those that are seen in the page. Its order never moves under the pointer, while
 * something is selected, or while the focus is inside; what is new is counted over it.
 */

import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { RunSummary } from "../api/types.js";
import { useNow } from "../parts/now.js";
import { SCROLLS } from "../parts/scrolls.js";
import { useShownColumns } from "../parts/shown-columns.js";
import { Skeleton } from "../parts/skeleton.js";
import { useKeys } from "../tab/keys.js";
import { rowHeight, useDensity } from "../tab/theme.js";
import { count } from "../words/numbers.js";
import { rowsOf } from "./rows.js";
import { RunRow } from "./run-row.js";

const DAY_PX = 28;
const HEAD_PX = 32;
const OVERSCAN = 10;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 40;
const MINUTE = 60_000;

interface RunsTableProps {
  readonly rows: readonly RunSummary[];
  readonly isReading: boolean;
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly newCount: number;
  readonly onNew: () => void;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (next: ReadonlySet<string>) => void;
  readonly onHold: (isHeld: boolean) => void;
  readonly children: ReactNode;
}

export function RunsTable(props: RunsTableProps) {
  const { rows: runs, isReading, hasMore, onMore, newCount, onNew, selected, onSelect, onHold, children } = props;
  const scroller = useRef<HTMLElement>(null);
  const [table, columns] = useShownColumns(COLUMNS.length);
  const nowMs = useNow();
  useDensity();
  const minute = Math.floor(nowMs / MINUTE);
  // Days and their sums: once a minute is enough.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the minute stands for now
  const rows = useMemo(() => rowsOf(runs, nowMs, hasMore), [runs, minute, hasMore]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [anchor, setAnchor] = useState<string | null>(null);
  const row = rowHeight();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === "day" ? DAY_PX : row),
    getItemKey: (index) => {
      const one = rows[index];
      return one === undefined ? index : one.kind === "day" ? one.key : one.run.id;
    },
    overscan: OVERSCAN,
    scrollPaddingStart: HEAD_PX,
  });
  // Another density, other heights.
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured when the height of a row changes
  useEffect(() => virtual.measure(), [row]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - AHEAD) onMore();
  }, [hasMore, last, rows.length, onMore]);

  const select = (id: string, isRange: boolean) => {
    const next = new Set(selected);
    if (isRange && anchor !== null) for (const one of between(runs, anchor, id)) next.add(one);
    else if (next.has(id)) next.delete(id);
    else next.add(id);
    setAnchor(id);
    onSelect(next);
  };
  useTableKeys({
    runs,
    rows,
    cursor,
    setCursor,
    select,
    clear: () => onSelect(new Set()),
    scroll: virtual.scrollToIndex,
  });

  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const isAll = runs.length > 0 && selected.size >= runs.length;
  return (
    // Over the pill too: it must not go away under the pointer that means to press it.
    <div className="tblwrap" onPointerEnter={() => onHold(true)} onPointerLeave={() => onHold(false)}>
      {newCount === 0 ? null : (
        <button type="button" className="newpill" aria-live="polite" onClick={onNew}>
          <ArrowUp className="i" aria-hidden="true" />
          {count(newCount)} new
        </button>
      )}
      <section className="scroll" aria-label="Runs, newest first" {...SCROLLS} ref={scroller}>
        <table className="tbl runs" ref={table} aria-rowcount={hasMore ? -1 : runs.length + 1}>
          <colgroup>
            {COLUMNS.map(([name, className]) => (
              <col key={name} className={className} />
            ))}
          </colgroup>
          <thead>
            <tr>
              <th>
                <input
                  className="check"
                  type="checkbox"
                  aria-label="Select all shown"
                  checked={isAll}
                  onChange={() => onSelect(isAll ? new Set() : new Set(runs.map(({ id }) => id)))}
                />
              </th>
              <th>State</th>
              <th>Run</th>
              <th className="wide-only">Workflow</th>
              <th>Progress</th>
              <th className="num">Left or took</th>
              <th className="num wide-only">Failed</th>
              <th className="num wide-only">Cost</th>
              <th className="num wide-only">Pace</th>
              <th className="num" aria-sort="descending">
                Started <ArrowDown className="i" aria-hidden="true" />
              </th>
              <th className="wide-only">
                <span className="vh">Owner</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {isReading ? <Skeleton columns={columns} /> : null}
            {before > 0 ? <Space px={before} columns={columns} /> : null}
            {items.map(({ index, key }) => {
              const one = rows[index];
              if (one === undefined) return null;
              if (one.kind === "day")
                return (
                  <tr className="day" key={key}>
                    <td colSpan={columns}>
                      {one.word === null ? null : <b>{one.word}</b>} {one.date}
                      {one.sum === "" ? "" : ` · ${one.sum}`}
                    </td>
                  </tr>
                );
              return (
                <RunRow
                  key={key}
                  run={one.run}
                  index={one.index}
                  nowMs={nowMs}
                  isAt={cursor === one.run.id}
                  isSelected={selected.has(one.run.id)}
                  onSelect={select}
                />
              );
            })}
            {after > 0 ? <Space px={after} columns={columns} /> : null}
          </tbody>
        </table>
      </section>
      {children}
    </div>
  );
}

const COLUMNS: readonly (readonly [string, string])[] = [
  ["check", "c-check"],
  ["state", "c-state"],
  ["run", ""],
  ["workflow", "c-workflow wide-only"],
  ["progress", "c-progress"],
  ["left", "c-left"],
  ["failed", "c-failed wide-only"],
  ["cost", "c-cost wide-only"],
  ["pace", "c-failed wide-only"],
  ["started", "c-started"],
  ["owner", "c-owner wide-only"],
];

function Space({ px, columns }: { readonly px: number; readonly columns: number }) {
  return (
    <tr>
      <td colSpan={columns} style={{ height: px, padding: 0, border: 0 }} />
    </tr>
  );
}

function between(runs: readonly RunSummary[], a: string, b: string): readonly string[] {
  const [from, to] = [a, b].map((id) => runs.findIndex((run) => run.id === id)).sort((x, y) => x - y);
  return runs.slice(Math.max(0, from ?? 0), (to ?? 0) + 1).map(({ id }) => id);
}

interface KeysOfTable {
  readonly runs: readonly RunSummary[];
  readonly rows: ReturnType<typeof rowsOf>;
  readonly cursor: string | null;
  readonly setCursor: (id: string) => void;
  readonly select: (id: string, isRange: boolean) => void;
  readonly clear: () => void;
  readonly scroll: (index: number) => void;
}

function useTableKeys({ runs, rows, cursor, setCursor, select, clear, scroll }: KeysOfTable): void {
  const navigate = useNavigate();
  const go = (step: number) => {
    const at = runs.findIndex(({ id }) => id === cursor);
    const next = runs[Math.max(0, Math.min(runs.length - 1, at + step))];
    if (next === undefined) return;
    setCursor(next.id);
    scroll(rows.findIndex((row) => row.kind === "run" && row.run.id === next.id));
  };
  const onRow = (act: (id: string) => void) => () => (cursor === null ? undefined : act(cursor));
  useKeys({
    j: () => go(1),
    k: () => go(-1),
    ArrowDown: () => go(1),
    ArrowUp: () => go(-1),
    Enter: onRow((runId) => void navigate({ to: "/runs/$runId", params: { runId } })),
    x: onRow((id) => select(id, false)),
    X: onRow((id) => select(id, true)),
    Escape: clear,
  });
}
