/**
 * All items of a map as cells on a canvas: state is a byte, and a frame draws only what changed. Failed cells are drawn last and
 * larger, so that one of ten thousand is seen. Pointer or arrows move a ring with its card; the table is one tab away.
 */
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { query, runPath } from "../api/client.js";
import type { ItemStates, Run } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { useTheme } from "../tab/theme.js";
import { count } from "../words/numbers.js";
import { HeatBlocks } from "./heat-blocks.js";
import { HeatRange, type Range } from "./heat-range.js";
import { cellAt, type HeatShape, placeOf, STATE_WORDS, shapeOf, unpack } from "./heat-shape.js";
import { HeatTip } from "./heat-tip.js";
import type { RunMap } from "./use-run-maps.js";

const TOKENS = ["--todo-cell", "--kept-mark", "--ok-mark", "--fail-mark", "--run-mark"] as const;
const CLASSES = ["todo", "kept", "done", "bad", "live"] as const;
const LABELS_PX = 48;
const TIP_PX = 244;

interface HeatMapProps {
  readonly run: Run;
  readonly map: RunMap;
}

export function HeatMap({ run, map }: HeatMapProps) {
  const isWorking = run.status === "running" && map.finishedAt === null;
  const path = runPath(run.id, `/items/states${query({ stage: map.stage })}`);
  const { data } = usePolled<ItemStates>(path, { everyMs: isWorking ? 1_500 : null });
  const isFor = data?.stage === map.stage;
  const cells = useMemo(
    () => (data === undefined || !isFor ? new Uint8Array(0) : unpack(data.cells, data.cellCount)),
    [data, isFor],
  );
  const { kept = 0, done = 0, failed = 0, inFlight = 0 } = data?.counts ?? {};
  const total = data?.total ?? data?.cellCount ?? 0;
  const left = Math.max(0, total - kept - done - failed - inFlight);
  const counts = [left, kept, done, failed, inFlight];
  const shown = [1, 2, 4, 3, 0].filter((state) => (counts[state] ?? 0) > 0);
  const perCell = data?.perCell ?? 1;
  const [range, setRange] = useState<Range | null>(null);
  const [isTable, setTable] = useState(false);
  const place = { runId: run.id, stage: map.stage, perCell, total };
  const words = shown.map((state) => `${count(counts[state] ?? 0)} ${STATE_WORDS[state]}`).join(", ");
  return (
    <section className="panel" aria-labelledby="h-items">
      <header>
        <h2 id="h-items">
          Items of <span className="mono">{map.stage}</span>
        </h2>
        <span className="dim small cut wide-only">
          {data?.perCell === 1 || data === undefined
            ? "one cell an item, one block a hundred, in the order of the source"
            : `a cell is ${data.perCell} items and shows the worst of them`}
        </span>
        <span className="legend end">
          {shown.map((state) => (
            <span key={state}>
              <i className={CLASSES[state]} />
              {STATE_WORDS[state]} <b>{count(counts[state] ?? 0)}</b>
            </span>
          ))}
          <button type="button" className="btn bare sm" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {isTable ? "Show the cells" : "Show as table"}
          </button>
        </span>
      </header>
      {isTable ? (
        <HeatBlocks cells={cells} perCell={perCell} onChoose={setRange} />
      ) : (
        <Cells
          place={place}
          cells={cells}
          range={range}
          onRange={setRange}
          label={`${count(total)} items: ${words}.`}
        />
      )}
      {range === null ? null : <HeatRange run={run} place={place} range={range} onClear={() => setRange(null)} />}
    </section>
  );
}

interface CellsProps {
  readonly place: { readonly runId: string; readonly stage: string; readonly perCell: number; readonly total: number };
  readonly cells: Uint8Array;
  readonly range: Range | null;
  readonly onRange: (range: Range | null) => void;
  readonly label: string;
}

function Cells({ place: { runId, stage, perCell, total }, cells, range, onRange, label }: CellsProps) {
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<{ readonly key: string; readonly cells: Uint8Array } | null>(null);
  /** Where a drag began; it is a choice from the second cell on, else a click. */
  const dragged = useRef<{ readonly from: number; isMoved: boolean } | null>(null);
  const theme = useTheme();
  const navigate = useNavigate();
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    setWidth(element.clientWidth);
    return () => watch.disconnect();
  }, []);
  const isNarrow = width > 0 && width < 600;
  const shape = useMemo(
    () => shapeOf(cells.length, Math.max(100, width - LABELS_PX - 40), isNarrow),
    [cells.length, width, isNarrow],
  );

  useEffect(() => {
    const element = canvas.current;
    if (element === null || width === 0) return;
    const key = `${shape.perRow} ${shape.rows} ${shape.cell} ${theme} ${devicePixelRatio}`;
    const before = drawn.current?.key === key ? drawn.current.cells : null;
    draw(element, shape, cells, before);
    drawn.current = { key, cells };
  }, [cells, shape, theme, width]);

  useEffect(() => {
    const element = overlay.current;
    if (element !== null) drawRange(element, shape, range, perCell, cells.length);
  }, [range, shape, perCell, cells.length]);

  const cellOf = (event: PointerEvent<HTMLCanvasElement>) =>
    cellAt(shape, event.nativeEvent.offsetX - 2, event.nativeEvent.offsetY - 2, cells.length);
  const choose = (from: number, to: number) => {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    onRange({ from: low * perCell, to: Math.min(Math.max(total, 1), (high + 1) * perCell) - 1, anchor: from });
  };
  const onMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const cell = cellOf(event);
    setAt(cell);
    const drag = dragged.current;
    if (drag === null || cell === null || (cell === drag.from && !drag.isMoved)) return;
    drag.isMoved = true;
    choose(drag.from, cell);
  };
  const open = () => void navigate({ to: "/runs/$runId/$tab", params: { runId, tab: "items" } });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10 }[event.key];
    if (step !== undefined && cells.length > 0) {
      event.preventDefault();
      event.stopPropagation();
      const next = Math.max(0, Math.min(cells.length - 1, (at ?? -1) + step));
      setAt(next);
      if (event.shiftKey) choose(range?.anchor ?? Math.max(0, at ?? 0), next);
    } else if (event.key === "Enter") open();
    else if (event.key === "Escape" && (range !== null || at !== null)) {
      event.stopPropagation();
      if (range === null) setAt(null);
      else onRange(null);
    }
  };
  const [x, y] = at === null ? [0, 0] : placeOf(shape, at);
  const state = at === null ? 0 : (cells[at] ?? 0);
  return (
    <div className="heat" ref={place}>
      <ol aria-hidden="true">
        {Array.from({ length: cells.length === 0 ? 0 : shape.rows }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          <li key={row} style={{ height: shape.block }}>
            {count(row * shape.perRow * 100 * perCell + 1)}
          </li>
        ))}
      </ol>
      <div className="heat-cells">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label={`${label} Arrow keys move, with Shift they choose a stretch, Enter opens the table of items.`}
          onPointerMove={onMove}
          onPointerDown={(event) => {
            const cell = cellOf(event);
            dragged.current = cell === null || event.button !== 0 ? null : { from: cell, isMoved: false };
            if (cell !== null) event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerUp={() => {
            if (dragged.current?.isMoved === false) open();
            dragged.current = null;
          }}
          onPointerCancel={() => {
            dragged.current = null;
          }}
          onPointerLeave={() => setAt(null)}
          onKeyDown={onKeyDown}
          onBlur={() => setAt(null)}
        />
        <canvas ref={overlay} className="heat-over" />
        {at === null ? null : (
          <>
            <span className="heat-ring" style={{ left: x, top: y, width: shape.cell + 6, height: shape.cell + 6 }} />
            <HeatTip
              runId={runId}
              stage={stage}
              from={at * perCell}
              to={Math.min(Math.max(total, 1), (at + 1) * perCell) - 1}
              state={state}
              style={{ left: Math.max(0, Math.min(x + 14, width - LABELS_PX - TIP_PX - 40)), top: y + 16 }}
            />
          </>
        )}
      </div>
    </div>
  );
}

/** A canvas cannot read light-dark(): the colour is what an element that uses the token computes. */
function colours(): readonly string[] {
  const probe = document.createElement("i");
  document.body.append(probe);
  const read = TOKENS.map((token) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return read;
}

/** What is chosen, over the cells: an own canvas, so that the cells are not drawn anew. */
function drawRange(
  canvas: HTMLCanvasElement,
  shape: HeatShape,
  range: Range | null,
  perCell: number,
  cellCount: number,
): void {
  const paint = canvas.getContext("2d");
  if (paint === null) return;
  const ratio = devicePixelRatio;
  canvas.width = (shape.width + 4) * ratio;
  canvas.height = (shape.height + 4) * ratio;
  canvas.style.width = `${shape.width + 4}px`;
  canvas.style.height = `${shape.height + 4}px`;
  if (range === null) return;
  paint.setTransform(ratio, 0, 0, ratio, 2 * ratio, 2 * ratio);
  canvas.style.color = "var(--ink)";
  paint.strokeStyle = getComputedStyle(canvas).color;
  paint.lineWidth = 1;
  const last = Math.min(cellCount - 1, Math.floor(range.to / perCell));
  for (let index = Math.floor(range.from / perCell); index <= last; index++) {
    const [x, y] = placeOf(shape, index);
    paint.strokeRect(x - 0.5, y - 0.5, shape.cell + 1, shape.cell + 1);
  }
}

function draw(canvas: HTMLCanvasElement, shape: HeatShape, cells: Uint8Array, before: Uint8Array | null): void {
  const paint = canvas.getContext("2d");
  if (paint === null) return;
  const ratio = devicePixelRatio;
  const isWhole = before === null || before.length !== cells.length;
  if (isWhole) {
    canvas.width = (shape.width + 4) * ratio;
    canvas.height = (shape.height + 4) * ratio;
    canvas.style.width = `${shape.width + 4}px`;
    canvas.style.height = `${shape.height + 4}px`;
  }
  paint.setTransform(ratio, 0, 0, ratio, 2 * ratio, 2 * ratio);
  const colour = colours();
  const { cell } = shape;
  const loud: number[] = [];
  for (let index = 0; index < cells.length; index++) {
    const state = cells[index] ?? 0;
    const isChanged = isWhole || before[index] !== state;
    if (state > 2) loud.push(index);
    if (!isChanged) continue;
    const [x, y] = placeOf(shape, index);
    // With the gap around it, into which a loud cell reached; those that are still loud are drawn again below.
    if (!isWhole) paint.clearRect(x - 1, y - 1, cell + 2, cell + 2);
    paint.fillStyle = colour[state] ?? "";
    paint.fillRect(x, y, cell, cell);
  }
  for (const index of loud) {
    const [x, y] = placeOf(shape, index);
    paint.fillStyle = colour[cells[index] ?? 0] ?? "";
    paint.fillRect(x - 0.5, y - 0.5, cell + 1, cell + 1);
  }
}
