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
import { cellAt, type HeatShape, placeOf, shapeOf, unpack } from "./heat-shape.js";
import type { RunMap } from "./use-run-maps.js";

const TOKENS = ["--todo-cell", "--kept-mark", "--ok-mark", "--fail-mark", "--run-mark"] as const;
const WORDS = ["to go", "kept", "done", "failed", "in flight"] as const;
const CLASSES = ["todo", "kept", "done", "bad", "live"] as const;
const LABELS_PX = 48;
const TIP_PX = 210;

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
  const words = shown.map((state) => `${count(counts[state] ?? 0)} ${WORDS[state]}`).join(", ");
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
              {WORDS[state]} <b>{count(counts[state] ?? 0)}</b>
            </span>
          ))}
        </span>
      </header>
      <Cells runId={run.id} cells={cells} perCell={data?.perCell ?? 1} label={`${count(total)} items: ${words}.`} />
    </section>
  );
}

interface CellsProps {
  readonly runId: string;
  readonly cells: Uint8Array;
  readonly perCell: number;
  readonly label: string;
}

function Cells({ runId, cells, perCell, label }: CellsProps) {
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<{ readonly key: string; readonly cells: Uint8Array } | null>(null);
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
  const shape = shapeOf(cells.length, Math.max(100, width - LABELS_PX - 40), isNarrow);

  useEffect(() => {
    const element = canvas.current;
    if (element === null || width === 0) return;
    const key = `${shape.perRow} ${shape.rows} ${shape.cell} ${theme} ${devicePixelRatio}`;
    const before = drawn.current?.key === key ? drawn.current.cells : null;
    draw(element, shape, cells, before);
    drawn.current = { key, cells };
  }, [cells, shape, theme, width]);

  const onMove = (event: PointerEvent<HTMLCanvasElement>) =>
    setAt(cellAt(shape, event.nativeEvent.offsetX - 2, event.nativeEvent.offsetY - 2, cells.length));
  const open = () => void navigate({ to: "/runs/$runId/$tab", params: { runId, tab: "items" } });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      setAt((was) => Math.max(0, Math.min(cells.length - 1, (was ?? -1) + step)));
    } else if (event.key === "Enter") open();
    else if (event.key === "Escape") setAt(null);
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
          aria-label={`${label} Arrow keys move, Enter opens the table of items.`}
          onPointerMove={onMove}
          onPointerLeave={() => setAt(null)}
          onClick={open}
          onKeyDown={onKeyDown}
          onBlur={() => setAt(null)}
        />
        {at === null ? null : (
          <>
            <span className="heat-ring" style={{ left: x, top: y, width: shape.cell + 6, height: shape.cell + 6 }} />
            <div
              className="tip"
              role="status"
              style={{ left: Math.max(0, Math.min(x + 14, width - LABELS_PX - TIP_PX - 40)), top: y + 16 }}
            >
              {perCell === 1
                ? `Item ${count(at + 1)}`
                : `Items ${count(at * perCell + 1)}–${count((at + 1) * perCell)}, the worst`}
              : <b className={state === 3 ? "c-fail" : ""}>{WORDS[state]}</b>
            </div>
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
